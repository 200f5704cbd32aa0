package pgledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"tootfill/backfill/ledger"
)

// A process counts as alive by the database's clock, until the end of its lease. By its
// own reckoning the lease ends no later than that: it counts from before the last renewal
// was sent, leaves a little out for clocks that run at different speeds, and goes on
// counting while the machine is suspended.

const (
	// leaseTime is how long a process counts as alive that is not heard of.
	leaseTime = 45 * time.Second
	// renewals is how often it lets itself be heard of in that time.
	renewals = 4.5
	// nowMillis is the time of the database.
	nowMillis = `(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT`
)

// lease is a process's lease as it knows it.
type lease struct {
	// renewing is held while it is renewed.
	renewing sync.Mutex

	mu sync.Mutex
	// begun says that there is one, until when it lasts by the machine, and term which
	// one it is: it counts those that ran out before they were renewed.
	begun bool
	until time.Duration
	term  int64
}

// holds returns the term, and whether it lasts. Who has no lease has no claim to lose.
func (l *lease) holds(now time.Duration) (term int64, holds bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.term, !l.begun || now < l.until
}

// begin begins the first term at the latest when its process is written to the database.
func (l *lease) begin(until time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.begun {
		l.begun, l.until = true, until
	}
}

// renew makes the lease last. If it had run out at now, that is a new term.
func (l *lease) renew(until, now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.begun && now >= l.until {
		l.term++
	}
	l.begun, l.until = true, until
}

// lasting is how long a lease lasts by this machine that lasts d by the database's clock.
func lasting(d time.Duration) time.Duration { return d - d/45 }

// Self is the id of this process; see [ledger.Owners].
func (d *database) Self() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return "", ledger.ErrClosed
	}
	if d.self == "" && !d.options.ReadOnly {
		d.self = rand.Text()
	}
	return d.self, nil
}

// register writes this process to the table of owners, or renews its lease there.
const register = `INSERT INTO tootfill.owners (id, pid, host, started_at, leased_until)
	VALUES ($1, $2, $3, ` + nowMillis + `, ` + nowMillis + ` + $4) ON CONFLICT (id) DO UPDATE SET leased_until = excluded.leased_until`

func (d *database) registration(self string) []any {
	return []any{self, os.Getpid(), d.host, d.options.Lease.Milliseconds()}
}

// Register writes this process to the table of owners; see [ledger.Owners]. From the first
// time on, its lease is renewed until it closes the database.
func (d *database) Register(ctx context.Context, tx ledger.Transaction) error {
	self, err := d.Self()
	if err != nil {
		return err
	}
	d.lease.begin(d.elapsed() + lasting(d.options.Lease))
	if _, err := tx.ExecContext(ctx, register, d.registration(self)...); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.registered && !d.closed {
		d.registered = true
		d.renewing.Go(func() { d.keepRenewing(d.alive) })
	}
	return nil
}

// Process tells a process by its id and its machine; see [ledger.Owners].
func (d *database) Process(ctx context.Context, r ledger.Reader, owner string) (p ledger.Process, err error) {
	err = r.QueryRowContext(ctx, `SELECT pid, host FROM owners WHERE id = ?`, owner).Scan(&p.PID, &p.Host)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return p, err
}

// IsAlive reports whether the lease of an owner has not ended; see [ledger.Owners].
func (d *database) IsAlive(ctx context.Context, r ledger.Reader, owner string) (alive bool, err error) {
	const q = `SELECT EXISTS (SELECT 1 FROM owners WHERE id = ? AND leased_until > ` + nowMillis + `)`
	err = r.QueryRowContext(ctx, q, owner).Scan(&alive)
	return alive, err
}

// Bury reports whether the lease of an owner has ended; see [ledger.Owners]. The owner
// cannot renew it before the transaction ends.
func (d *database) Bury(ctx context.Context, r ledger.Reader, owner string) (dead bool, err error) {
	const q = `SELECT leased_until <= ` + nowMillis + ` FROM owners WHERE id = ? /* FOR UPDATE OF owners */`
	err = r.QueryRowContext(ctx, q, owner).Scan(&dead)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return dead, err
}

// Term returns in which term the lease of this process is; see [ledger.Owners].
func (d *database) Term(ctx context.Context) (int64, error) {
	term, holds := d.lease.holds(d.elapsed())
	if holds {
		return term, nil
	}
	err := d.ask(ctx, d.renew)
	term, _ = d.lease.holds(d.elapsed())
	return term, err
}

// keepRenewing renews the lease until ctx ends. What keeps it from the database keeps the
// run from it, too, which says so.
func (d *database) keepRenewing(ctx context.Context) {
	every := time.Duration(float64(d.options.Lease) / renewals)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			limited, cancel := context.WithTimeout(ctx, every)
			_ = d.renewOnce(limited)
			cancel()
		}
	}
}

// renew renews the lease unless another goroutine has just done so.
func (d *database) renew(ctx context.Context) error {
	d.lease.renewing.Lock()
	defer d.lease.renewing.Unlock()
	if _, holds := d.lease.holds(d.elapsed()); holds {
		return nil
	}
	return d.extend(ctx)
}

func (d *database) renewOnce(ctx context.Context) error {
	d.lease.renewing.Lock()
	defer d.lease.renewing.Unlock()
	return d.extend(ctx)
}

func (d *database) extend(ctx context.Context) error {
	self, err := d.Self()
	if err != nil {
		return err
	}
	until := d.elapsed() + lasting(d.options.Lease)
	if _, err := d.db.ExecContext(ctx, register, d.registration(self)...); err != nil {
		return fmt.Errorf("renewing the lease: %w", err)
	}
	d.lease.renew(until, d.elapsed())
	return nil
}
