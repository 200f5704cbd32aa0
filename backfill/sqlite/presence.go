package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"tootfill/backfill"
)

const (
	// lockPoll is how often the lock on coming and going is tried.
	lockPoll = 5 * time.Millisecond
	// lockPatience is how long those wait for it who can do without.
	lockPatience = 10 * time.Second
)

// passage is the lock on coming and going: a process holds it alone while it
// creates, opens or closes the ledger, and those who only read share it, for one
// statement each. For SQLite makes the -wal and -shm files when the first process
// comes, and removes them one after the other when the last one goes; a reader
// that leaves no trace cannot do with one of them alone, and would take a file
// that is being written to for one that is not.
//
// It is made of two: everybody passes through the door, and readers let go of it
// at once. So a process that wants to come or go holds up new readers, and does
// not wait for ever for a moment without any.
type passage struct {
	door, reading *flock.Flock
}

func (l *Ledger) passage() passage { return passageOf(l.options.Dir, os.O_CREATE|os.O_RDWR) }

func passageOf(dir string, flags int) passage {
	in := func(name string) *flock.Flock { return flock.New(filepath.Join(dir, name), flock.SetFlag(flags)) }
	return passage{door: in(doorName), reading: in(readingName)}
}

// The files of the lock.
const (
	doorName    = "ledger.lock"
	readingName = "ledger.reading"
)

// take waits until the process is alone.
func (p passage) take(ctx context.Context) error {
	_, err := p.door.TryLockContext(ctx, lockPoll)
	if err == nil {
		_, err = p.reading.TryLockContext(ctx, lockPoll)
	}
	if err != nil {
		return errors.Join(err, p.release())
	}
	return nil
}

func (p passage) release() error { return errors.Join(p.reading.Close(), p.door.Close()) }

// share takes the lock for reading, and gives what has to be closed in the end.
// Without the files nobody has ever opened the ledger for writing where it lies
// now, and there is nothing to lock.
func share(ctx context.Context, dir string) (io.Closer, error) {
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	p := passageOf(dir, os.O_RDONLY)
	_, err := p.door.TryRLockContext(patient, lockPoll)
	if err == nil {
		_, err = p.reading.TryRLockContext(patient, lockPoll)
	}
	switch {
	case err == nil:
		return p.reading, p.door.Close()
	case errors.Is(err, fs.ErrNotExist):
		return p.reading, p.release()
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		err = errHeld
	}
	return p.reading, errors.Join(err, p.release())
}

// errHeld: another process opens or closes the ledger, and does not get done.
var errHeld = errors.New("another process is opening or closing the ledger")

// files are those that make up the ledger while it is open.
var files = [...]string{"", "-wal", "-shm"}

// checkKinds makes sure that what stands in the place of the ledger's files are
// files: opening a pipe would wait for its other end for ever.
func (l *Ledger) checkKinds() error {
	paths := []string{
		filepath.Join(l.options.Dir, doorName), filepath.Join(l.options.Dir, readingName),
		l.path + ".new", l.path + "-journal",
	}
	for _, suffix := range files {
		paths = append(paths, l.path+suffix)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return l.denied("looking for the ledger", err)
		case !info.Mode().IsRegular():
			return &backfill.Hinted{
				Err:  fmt.Errorf("opening the ledger: %s is not a file but %s", path, kindOf(info.Mode())),
				Hint: backfill.Hint{Kind: backfill.ClearFolder},
			}
		}
	}
	return nil
}

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// noteFiles notes which files were opened. From now on one connection stays open
// to the end, so that SQLite keeps them all.
func (l *Ledger) noteFiles(ctx context.Context) (err error) {
	if l.keeper, err = l.reader.Conn(ctx); err != nil {
		return l.explain(ctx, err)
	}
	var n int // SQLite opens the files when it reads first
	if err := l.keeper.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&n); err != nil {
		return l.explain(ctx, err)
	}
	for i, suffix := range files {
		if l.opened[i], err = os.Stat(l.path + suffix); err != nil {
			return l.denied("opening the ledger", err)
		}
	}
	return nil
}

// checkPresence makes sure that the files which are written to are still those
// that others will find: SQLite goes on with deleted files without a word, and
// all that was recorded would be gone with the process. It costs three calls of
// stat, a few microseconds; a transaction costs a thousand times as much.
func (l *Ledger) checkPresence() error {
	for i, suffix := range files {
		info, err := os.Stat(l.path + suffix)
		if err == nil && os.SameFile(info, l.opened[i]) {
			continue
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return l.denied("looking for the ledger", err)
		}
		what := "deleted"
		if err == nil {
			what = "replaced"
		}
		l.lost.Store(true)
		return &backfill.Hinted{
			Err: fmt.Errorf("the ledger was %s while it was in use: %s", what, l.path+suffix),
			Hint: backfill.Say("nothing can be recorded any more; posts that the home server has taken are found again by the next run, " +
				"but interrupted runs, deferred accounts and the time of the last backfills are forgotten"),
		}
	}
	return nil
}
