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

	"tootfill/backfill/ledger"

	"github.com/gofrs/flock"
)

// owner is a process as the others see it: a random id, and a file of that name
// on which the process holds a lock. The kernel releases the lock however the
// process ends, so if the lock can be had, its owner is gone. (A process id would
// not do: it is reused.)
type owner struct {
	id   string
	lock *flock.Flock
}

func (f *file) ownerLock(id string, flags int) *flock.Flock {
	return flock.New(filepath.Join(f.options.Dir, "owners", id+".lock"), flock.SetFlag(flags))
}

// Self is the id of this process; see [ledger.Owners].
func (f *file) Self() (string, error) {
	o, err := f.self()
	if err != nil || o == nil {
		return "", err
	}
	return o.id, nil
}

// self returns the owner that this process is. It takes the lock before anybody can
// know the id, so no other process can find it free.
func (f *file) self() (*owner, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ledger.ErrClosed
	}
	if f.owner != nil || f.options.ReadOnly {
		return f.owner, nil
	}
	if err := os.MkdirAll(filepath.Join(f.options.Dir, "owners"), 0o700); err != nil {
		return nil, f.denied("creating the folder of locks", err)
	}
	o := &owner{id: rand.Text()}
	o.lock = f.ownerLock(o.id, os.O_CREATE|os.O_RDWR)
	if ok, err := o.lock.TryLock(); err != nil || !ok {
		return nil, f.denied("locking "+o.lock.Path(), errors.Join(err, o.lock.Close()))
	}
	f.owner = o
	return o, nil
}

// Register writes this process to the table of owners; see [ledger.Owners].
func (f *file) Register(ctx context.Context, tx ledger.Transaction) error {
	self, err := f.Self()
	if err != nil {
		return err
	}
	const insert = `INSERT INTO owners (id, pid, started_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING`
	_, err = tx.ExecContext(ctx, insert, self, os.Getpid(), tx.Now().UnixMilli())
	return err
}

// Term is always the first one: a process counts as alive while it lives; see
// [ledger.Owners].
func (f *file) Term(context.Context) (int64, error) { return 0, nil }

// Process tells a process by its id; see [ledger.Owners].
func (f *file) Process(ctx context.Context, r ledger.Reader, owner string) (p ledger.Process, err error) {
	err = r.QueryRowContext(ctx, `SELECT pid FROM owners WHERE id = ?`, owner).Scan(&p.PID)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return p, err
}

// release removes the file first: once the lock is free it belongs to nobody.
func (o *owner) release() error {
	err := os.Remove(o.lock.Path())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, o.lock.Unlock())
}

// owners returns the process ids of all owners by their ids.
func (f *file) owners(ctx context.Context) (map[string]int, error) {
	rows, err := f.writer.QueryContext(ctx, `SELECT id, pid FROM owners`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	owners := make(map[string]int)
	for rows.Next() {
		var id string
		var pid int
		if err := rows.Scan(&id, &pid); err != nil {
			return nil, err
		}
		owners[id] = pid
	}
	return owners, rows.Err()
}

// IsAlive reports whether the process of an owner lives; see [ledger.Owners].
func (f *file) IsAlive(_ context.Context, _ ledger.Reader, id string) (bool, error) {
	lock, alive, err := f.tryOwner(id)
	return alive, errors.Join(err, lock.Close())
}

// Bury reports whether an owner's process has ended, and if so removes the owner's
// file; see [ledger.Owners].
func (f *file) Bury(_ context.Context, _ ledger.Reader, id string) (dead bool, err error) {
	lock, alive, err := f.tryOwner(id)
	if err != nil || alive {
		return false, errors.Join(err, lock.Close())
	}
	return true, (&owner{id: id, lock: lock}).release()
}

// tryOwner tries to take an owner's lock, which cannot be had while the owner's
// process lives. It asks only for a shared lock, so that processes that look at the
// same time do not take each other for the owner: an owner never shares its lock,
// and one that is gone never comes back.
func (f *file) tryOwner(id string) (lock *flock.Flock, alive bool, err error) {
	lock = f.ownerLock(id, os.O_RDONLY)
	free, err := lock.TryRLock()
	if errors.Is(err, fs.ErrNotExist) {
		return lock, false, nil
	}
	if err != nil {
		return lock, false, fmt.Errorf("looking whether another process is alive: %w", err)
	}
	return lock, !free, nil
}
