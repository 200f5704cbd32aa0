package sqlite

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	// lockPoll is how often the lock on coming and going is tried.
	lockPoll = 5 * time.Millisecond
	// lockPatience is how long to wait for the lock if one can do without it.
	lockPatience = 10 * time.Second
)

// gate is the lock on coming and going. A process holds it alone while it creates,
// opens or closes the ledger; those who only read share it, for one statement each.
// It is needed because SQLite creates the -wal and -shm files when the first process
// comes, and removes them one after the other when the last one goes: a reader that
// leaves no trace cannot use one without the other, and would take a file that is
// being written to for one that is not.
//
// It is made of two locks. Everybody goes through the turnstile, and readers let go
// of it at once; so a process that wants to come or go holds up new readers, and
// does not wait forever for a moment without any.
type gate struct {
	turnstile, readers *flock.Flock
}

// The files of the two locks.
const (
	turnstileName = "ledger.lock"
	readersName   = "ledger.reading"
)

func (f *file) gate() gate { return gateOf(f.options.Dir, os.O_CREATE|os.O_RDWR) }

func gateOf(dir string, flags int) gate {
	in := func(name string) *flock.Flock { return flock.New(filepath.Join(dir, name), flock.SetFlag(flags)) }
	return gate{turnstile: in(turnstileName), readers: in(readersName)}
}

// lock waits until this process has the gate to itself.
func (g gate) lock(ctx context.Context) error {
	_, err := g.turnstile.TryLockContext(ctx, lockPoll)
	if err == nil {
		_, err = g.readers.TryLockContext(ctx, lockPoll)
	}
	if err != nil {
		return errors.Join(err, g.unlock())
	}
	return nil
}

func (g gate) unlock() error { return errors.Join(g.readers.Close(), g.turnstile.Close()) }

// shareGate takes the lock for reading, and returns what to close afterwards. If its
// files are missing, nobody has ever opened the ledger for writing in this place,
// and there is nothing to lock.
func shareGate(ctx context.Context, dir string) (io.Closer, error) {
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	g := gateOf(dir, os.O_RDONLY)
	_, err := g.turnstile.TryRLockContext(patient, lockPoll)
	if err == nil {
		_, err = g.readers.TryRLockContext(patient, lockPoll)
	}
	switch {
	case err == nil:
		return g.readers, g.turnstile.Close()
	case errors.Is(err, fs.ErrNotExist):
		return g.readers, g.unlock()
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		err = errHeld
	}
	return g.readers, errors.Join(err, g.unlock())
}

// errHeld says that another process does not finish opening or closing the ledger.
var errHeld = errors.New("another process is opening or closing the ledger")
