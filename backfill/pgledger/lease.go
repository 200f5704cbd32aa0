package pgledger

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"tootfill/backfill/ledger"
)

const (
	// leaseTime is how long a process counts as alive that is not heard of, and
	// renewEvery how often it lets itself be heard of.
	leaseTime  = 45 * time.Second
	renewEvery = 10 * time.Second
	// nowMillis is the time of the database, and leaseEnd that at which a lease ends
	// that begins now: 45 s later.
	nowMillis = `(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT`
	leaseEnd  = nowMillis + ` + 45000`
)

// Self is the id of this process; see [ledger.Owners]. Its lease begins when the id is
// written to the table of owners.
func (d *database) Self() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return "", ledger.ErrClosed
	}
	if d.self == "" && !d.options.ReadOnly {
		d.self = rand.Text()
		d.renewing.Go(func() { d.renew(d.alive, d.self) })
	}
	return d.self, nil
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
	const q = `SELECT count(*) FROM (SELECT id FROM owners WHERE id = ? AND leased_until > ` + nowMillis + ` FOR UPDATE) AS living`
	var living int
	err = r.QueryRowContext(ctx, q, owner).Scan(&living)
	return living == 0, err
}

// renew renews the lease of this process until ctx ends.
func (d *database) renew(ctx context.Context, self string) {
	ticker := time.NewTicker(renewEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			// What keeps it from the database keeps the run from it, too, which says so.
			_ = d.renewOnce(ctx, self)
		}
	}
}

func (d *database) renewOnce(ctx context.Context, self string) error {
	ctx, cancel := context.WithTimeout(ctx, renewEvery)
	defer cancel()
	const q = `UPDATE tootfill.owners SET leased_until = ` + leaseEnd + ` WHERE id = $1`
	if _, err := d.db.ExecContext(ctx, q, self); err != nil {
		return fmt.Errorf("renewing the lease: %w", err)
	}
	return nil
}
