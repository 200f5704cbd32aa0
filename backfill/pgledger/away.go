package pgledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/pgerror"
)

const (
	// tryTimeout is how long one try may take. A server that has been cut off does not
	// say so.
	tryTimeout = 30 * time.Second
	// givenUpFor is for how long nobody tries again after waiting was in vain. A run
	// that ends has many results to record.
	givenUpFor = 5 * time.Second
)

// Patience waits for a database that is away; see [backfill.Patience].
type Patience interface {
	Ask(ctx context.Context, ask func() error) error
}

// absence is what is known of a database that is away.
type absence struct {
	mu sync.Mutex
	// failures counts the tries that have found it away, and last is what the last of
	// them has said.
	failures int
	last     error
	// lost is what waiting in vain has come to, at a time by the machine; nil if the
	// database was there since.
	lost   error
	lostAt time.Duration
}

// failed notes a try that has found the database away.
func (a *absence) failed(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failures++
	a.last = err
}

// since is the error of a try that has found it away after there were n failures; nil if
// there was none.
func (a *absence) since(n int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failures == n {
		return nil
	}
	return a.last
}

func (a *absence) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failures
}

// giveUp notes at a time what waiting has come to; nil says that the database is there.
func (a *absence) giveUp(err error, now time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lost, a.lostAt = err, now
}

// givenUp is not nil for a while after waiting was in vain.
func (a *absence) givenUp(now time.Duration) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lost == nil || now-a.lostAt > givenUpFor {
		return nil
	}
	return a.lost
}

func (a *absence) isLost() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost != nil
}

// Ask asks a question that only reads; see [ledger.Database].
func (d *database) Ask(ctx context.Context, question func(ctx context.Context) error) error {
	return d.ask(ctx, question)
}

// ask tries something, and tries it again if the database is away and comes back soon.
func (d *database) ask(ctx context.Context, try func(ctx context.Context) error) error {
	if lost := d.away.givenUp(d.elapsed()); lost != nil {
		return lost
	}
	err := d.options.Patience.Ask(ctx, func() error { return d.try(ctx, try) })
	var outage *backfill.OutageError
	switch {
	case errors.As(err, &outage):
		d.away.giveUp(err, d.elapsed())
	case err == nil:
		d.away.giveUp(nil, 0)
	}
	return err
}

// try tries something once. A *backfill.UnavailableError says that the database is away.
func (d *database) try(ctx context.Context, something func(ctx context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	err := something(limited)
	late := limited.Err() != nil
	if err == nil || ctx.Err() != nil || !late && !isUnreached(err) {
		return err
	}
	var known *backfill.UnavailableError
	if !errors.As(err, &known) {
		text := pgerror.Cause(err)
		if late {
			text = fmt.Sprintf("no answer within %s", tryTimeout)
		}
		err = &backfill.UnavailableError{Server: d.name(), Ledger: true, Late: late, Err: &shortened{text, err}}
	}
	d.away.failed(err)
	d.hangUp()
	return err
}

// hangUp closes the connections that are not in use: they may lead nowhere.
func (d *database) hangUp() {
	d.db.SetMaxIdleConns(0)
	d.db.SetMaxIdleConns(connections)
}

// name is what people call the database.
func (d *database) name() string { return "the ledger's " + d.options.String() }

// impatient asks once.
type impatient struct{}

func (impatient) Ask(_ context.Context, ask func() error) error { return ask() }
