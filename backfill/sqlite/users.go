package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"tootfill/backfill"
)

// usersName is the file of the lock that all processes share while they have the
// ledger open, whether or not they have claimed anything. As with the lock of an owner,
// the kernel releases their shares however they end.
const usersName = "ledger.users"

func (f *file) usersLock(flags int) *flock.Flock {
	return flock.New(filepath.Join(f.options.Dir, usersName), flock.SetFlag(flags))
}

// join takes this process's share of the lock on users, until the files are closed. The
// caller holds the gate, or shares it: so nobody is looking whether there are users.
func (f *file) join(flags int) error {
	lock := f.usersLock(flags)
	ok, err := lock.TryRLock()
	if err == nil && !ok {
		err = errHeld
	}
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	f.use = lock
	return nil
}

// joinReaders is join for a process that leaves everything on disk as it is. If there is
// no file to lock, no process that would look at it has ever opened the ledger.
func (f *file) joinReaders(ctx context.Context) error {
	gate, err := shareGate(ctx, f.options.Dir)
	if err != nil {
		return f.denied("opening the ledger", err)
	}
	if err = f.join(os.O_RDONLY); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		err = f.denied("locking the ledger", err)
	}
	return errors.Join(err, gate.Close())
}

// checkUnused makes sure that no other process is using the ledger, lest its tables
// change under one that knows only the older ones. The caller holds the gate. Versions
// that did not share the lock on users are known by what they have claimed.
func (f *file) checkUnused(ctx context.Context, version int) error {
	owners, err := f.owners(ctx)
	if err != nil {
		return f.Explain(ctx, err)
	}
	for id, pid := range owners {
		switch alive, err := f.IsAlive(ctx, f, id); {
		case err != nil:
			return err
		case alive:
			return f.olderProcess(version, pid)
		}
	}
	lock := f.usersLock(os.O_CREATE | os.O_RDWR)
	unused, err := lock.TryLock()
	if err = errors.Join(err, lock.Close()); err != nil {
		return f.denied("locking the ledger", err)
	}
	if !unused {
		return f.olderProcess(version, 0)
	}
	return nil
}

func (f *file) olderProcess(version, pid int) error {
	return &backfill.Hinted{
		Err:  &backfill.OlderProcessError{Ledger: f.path, Version: version, PID: pid},
		Hint: backfill.Say("try again when that process has ended"),
	}
}
