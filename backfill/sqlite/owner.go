package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/gofrs/flock"
)

// owner is a process as the others see it: a random id, and a file of that name
// on which the process holds a lock. The kernel gives the lock back however the
// process ends, so a lock that can be had means that its owner is gone. (A
// process id would not do: it is given to others again.)
type owner struct {
	id   string
	lock *flock.Flock
	// known says that the id has been written to the ledger.
	known atomic.Bool
}

func (l *Ledger) ownerLock(id string, flags int) *flock.Flock {
	return flock.New(filepath.Join(l.options.Dir, "owners", id+".lock"), flock.SetFlag(flags))
}

// self returns this ledger's owner. It takes the lock before anybody can know
// the id, so that no other process can find it free.
func (l *Ledger) self() (*owner, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	if l.owner != nil || l.options.ReadOnly {
		return l.owner, nil
	}
	if err := os.MkdirAll(filepath.Join(l.options.Dir, "owners"), 0o700); err != nil {
		return nil, l.denied("creating the folder of locks", err)
	}
	o := &owner{id: rand.Text()}
	o.lock = l.ownerLock(o.id, os.O_CREATE|os.O_RDWR)
	if ok, err := o.lock.TryLock(); err != nil || !ok {
		return nil, l.denied("locking "+o.lock.Path(), errors.Join(err, o.lock.Close()))
	}
	l.owner = o
	return o, nil
}

// release removes the file first: once the lock is free it belongs to nobody.
func (o *owner) release() error {
	err := os.Remove(o.lock.Path())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, o.lock.Unlock())
}

// bury finds out whether an owner is gone, and if so removes its file. It asks
// for a shared lock alone, so that several who look at the same time do not take
// each other for the owner: its lock is never shared, and once gone it never
// comes back.
func (l *Ledger) bury(id string) (gone bool, err error) {
	dead := &owner{id: id, lock: l.ownerLock(id, os.O_RDONLY)}
	free, err := dead.lock.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("looking whether another process is alive: %w", err)
	case !free:
		return false, dead.lock.Close()
	}
	return true, dead.release()
}

// removeOwner gives back all that an owner has claimed.
func (l *Ledger) removeOwner(ctx context.Context, id string) error {
	return l.write(ctx, "giving back what was claimed", func(tx *sql.Tx) error {
		return disown(ctx, tx, id)
	})
}

func disown(ctx context.Context, tx *sql.Tx, id string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM claims WHERE owner_id = ?`, id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM owners WHERE id = ?`, id)
	return err
}
