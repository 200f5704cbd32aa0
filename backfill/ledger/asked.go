package ledger

import (
	"context"
	"database/sql"
	"iter"
	"math"
	"time"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/service"
)

var (
	_ service.Queue   = (*Ledger)(nil)
	_ service.Backlog = (*Ledger)(nil)
)

// withAsked is the version since which tables have what is asked for.
const withAsked = 12

// askedPer is the time for which it is kept who has asked, and counted how often.
const askedPer = time.Hour

// Ask notes that somebody asks for an account; see [service.Queue].
func (l *Ledger) Ask(ctx context.Context, a service.Asking, b service.Bounds) (service.Place, error) {
	var place service.Place
	var refused error
	err := l.write(ctx, "noting that "+a.Account.String()+" is asked for", func(tx Transaction) (err error) {
		place, refused, err = l.ask(ctx, tx, a, b)
		return err
	})
	if err == nil {
		err = refused
	}
	return place, err
}

// ask is Ask in a transaction. refused says why nothing is noted.
func (l *Ledger) ask(ctx context.Context, tx Transaction, a service.Asking, b service.Bounds) (p service.Place, refused, err error) {
	if err := l.lockQueue(ctx, tx); err != nil {
		return p, nil, err
	}
	account, err := l.account(ctx, tx, a.Account)
	if err != nil {
		return p, nil, err
	}
	asker, err := l.askerNow(ctx, tx, a.By)
	if err != nil {
		return p, nil, err
	}
	if p, err = l.placeOf(ctx, tx, account); err != nil {
		return p, nil, err
	}
	if p.State == "" {
		if refused, err = l.refuseAsking(ctx, tx, p, asker, b); err != nil || refused != nil {
			return p, refused, err
		}
		p.State = service.Waiting
		const add = `INSERT INTO asked (account_id, home_id, asked_at) VALUES (?, ?, ?)`
		if _, err := tx.ExecContext(ctx, add, account, a.ID, millis(tx.Now())); err != nil {
			return p, nil, err
		}
	}
	if asker.noted < b.PerUser { // more would tell nothing more
		_, err = tx.ExecContext(ctx, `INSERT INTO askers (home, asker, asked_at) VALUES (?, ?, ?)`, l.home, a.By, millis(tx.Now()))
	}
	return p, nil, err
}

// lockQueue lets nobody else add to home's queue before the transaction ends.
func (l *Ledger) lockQueue(ctx context.Context, tx Transaction) error {
	const lock = `INSERT INTO queues (home) VALUES (?) ON CONFLICT (home) DO UPDATE SET home = excluded.home`
	_, err := tx.ExecContext(ctx, lock, l.home)
	return err
}

// asker is how much was noted for somebody within the hour.
type asker struct {
	noted int
	// first is when the first of that was noted.
	first time.Time
}

// askerNow forgets who has asked more than an hour ago, and says how much an asker has
// asked for since. What is dated in the future is forgotten as well: the clock has
// stepped back.
func (l *Ledger) askerNow(ctx context.Context, tx Transaction, id string) (a asker, err error) {
	now := tx.Now()
	const forget = `DELETE FROM askers WHERE asked_at <= ? OR asked_at > ?`
	if _, err := tx.ExecContext(ctx, forget, millis(now.Add(-askedPer)), millis(now)); err != nil {
		return a, err
	}
	var first sql.NullInt64
	const q = `SELECT count(*), min(asked_at) FROM askers WHERE home = ? AND asker = ?`
	err = tx.QueryRowContext(ctx, q, l.home, id).Scan(&a.noted, &first)
	a.first = fromOptional(first)
	return a, err
}

// placeOf says whether an account waits or is worked on, and when it may start again.
// Its state is empty if neither is the case.
func (l *Ledger) placeOf(ctx context.Context, tx Transaction, account int64) (p service.Place, err error) {
	const q = `SELECT EXISTS (SELECT 1 FROM asked WHERE account_id = ?1),
		EXISTS (SELECT 1 FROM runs WHERE account_id = ?1 AND finished_at IS NULL),
		coalesce((SELECT owner_id FROM claims WHERE account_id = ?1), '')`
	var waits, open bool
	var owner string
	if err := tx.QueryRowContext(ctx, q, account).Scan(&waits, &open, &owner); err != nil {
		return p, err
	}
	if owner != "" {
		alive, err := l.isWorking(ctx, tx, owner)
		if err != nil {
			return p, err
		}
		if alive {
			p.State = service.Running
		}
	}
	if p.State == "" && waits {
		p.State = service.Waiting
	}
	if open { // it resumes without a token
		return p, nil
	}
	b, err := readBucket(ctx, tx, account)
	if err != nil {
		return p, err
	}
	if _, ok, next := l.limit.Peek(b, tx.Now()); !ok {
		p.NextAllowed = next
	}
	return p, nil
}

// isWorking reports whether an owner is this process or one that lives.
func (l *Ledger) isWorking(ctx context.Context, r Reader, owner string) (bool, error) {
	self, err := l.db.Self()
	if err != nil || owner == self {
		return err == nil, err
	}
	return l.db.IsAlive(ctx, r, owner)
}

// refuseAsking says why an account that neither waits nor is worked on may not be asked
// for now; nil if it may.
func (l *Ledger) refuseAsking(ctx context.Context, tx Transaction, p service.Place, a asker, b service.Bounds) (refused, err error) {
	if !p.NextAllowed.IsZero() {
		return &service.TooSoonError{NextAllowed: p.NextAllowed}, nil
	}
	if a.noted >= b.PerUser {
		return &service.TooManyError{RetryAt: a.first.Add(askedPer)}, nil
	}
	var waiting int
	const q = `SELECT count(*) FROM asked JOIN accounts ON accounts.id = account_id WHERE home = ?`
	if err := tx.QueryRowContext(ctx, q, l.home).Scan(&waiting); err != nil {
		return nil, err
	}
	if waiting >= b.MaxQueued {
		return &service.FullError{Waiting: waiting}, nil
	}
	return nil, nil
}

// forgetAsked takes an account off the queue, once something has come of it.
func (l *Ledger) forgetAsked(ctx context.Context, tx Transaction, h fediverse.Handle) error {
	const remove = `DELETE FROM asked WHERE account_id = (SELECT id FROM accounts WHERE home = ? AND handle = ?)`
	_, err := tx.ExecContext(ctx, remove, l.home, h.String())
	return err
}

const readingAsked = "reading which accounts are asked for"

// askedRow is an account that was asked for, and its place in the order of reading.
type askedRow struct {
	service.Asked
	at, account int64
}

// Asked reads the accounts that were asked for and of which nothing has come yet, the
// first ones first; see [service.Backlog]. The ledger may be changed while reading.
func (l *Ledger) Asked(ctx context.Context) iter.Seq2[service.Asked, error] {
	return func(yield func(service.Asked, error) bool) {
		after := func(last askedRow) (batch []askedRow, err error) {
			err = l.read(ctx, readingAsked, func(ctx context.Context) (err error) {
				batch, err = l.askedAfter(ctx, last)
				return err
			})
			return batch, err
		}
		for a, err := range inBatches(askedRow{at: math.MinInt64}, after) {
			if !yield(a.Asked, err) {
				return
			}
		}
	}
}

func (l *Ledger) askedAfter(ctx context.Context, last askedRow) (batch []askedRow, err error) {
	if lacks, err := l.lacks(ctx, readingAsked, withAsked); err != nil || lacks {
		return nil, err
	}
	const q = `SELECT account_id, handle, home_id, asked_at FROM asked JOIN accounts ON accounts.id = account_id
		WHERE home = ?1 AND (asked_at, account_id) > (?2, ?3) ORDER BY asked_at, account_id LIMIT ?4`
	rows, err := l.db.QueryContext(ctx, q, l.home, last.at, last.account, rowBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var r askedRow
		var handle string
		if err := rows.Scan(&r.account, &handle, &r.ID, &r.at); err != nil {
			return nil, err
		}
		r.Account, r.At = parseStored(handle), fromMillis(r.at)
		batch = append(batch, r)
	}
	return batch, rows.Err()
}
