package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// stretch is a row of the table of that name.
type stretch struct {
	id, chain int64
	next      string
	bottom    sql.NullInt64
}

// pageWriter records one page in one transaction.
type pageWriter struct {
	ctx     context.Context
	tx      *sql.Tx
	account int64
	page    backfill.ListedPage
}

// RecordPage records a page of a listing; see [backfill.Ledger].
//
// A stretch keeps its posts in the order of the listing, which is newest first
// but for what origins themselves list out of order; that order, unlike the one
// by date, has no ties, so that a walk meets every post once. A post that is
// twice on the page counts once, and one that the stretch has already keeps its
// place.
//
// Where the page meets earlier stretches of the same source, they become part of
// this one, below the page, and Next is that of the one that reaches deepest.
func (l *Ledger) RecordPage(ctx context.Context, r backfill.Run, id int64, p backfill.ListedPage) (backfill.Stretch, []backfill.KnownPost, error) {
	var known []backfill.KnownPost
	var s stretch
	var joined bool
	err := l.write(ctx, "recording a page of "+r.Account.String(), func(tx *sql.Tx) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		w := &pageWriter{ctx: ctx, tx: tx, account: account, page: p}
		if s, err = w.stretch(id); err != nil {
			return err
		}
		met, err := w.met(s)
		if err != nil {
			return err
		}
		if known, err = w.insert(&s); err != nil {
			return err
		}
		s.next, joined = p.Next, len(met) > 0
		if joined {
			s.next = met[len(met)-1].next
			if err := w.join(&s, met); err != nil {
				return err
			}
		}
		return w.save(s)
	})
	if err != nil {
		return backfill.Stretch{}, nil, err
	}
	return backfill.Stretch{ID: s.id, Next: s.next, Joined: joined, Bottom: fromOptional(s.bottom)}, known, nil
}

// stretch finds the stretch that the page belongs to, or makes a new one.
func (w *pageWriter) stretch(id int64) (stretch, error) {
	if w.page.First != (id == 0) {
		return stretch{}, fmt.Errorf("a first page begins a stretch, and others go on with one: first is %t, stretch %d", w.page.First, id)
	}
	if w.page.First {
		return w.begin()
	}
	s := stretch{id: id}
	const q = `SELECT chain, next, bottom FROM stretches WHERE id = ? AND account_id = ? AND source = ?`
	err := w.tx.QueryRowContext(w.ctx, q, id, w.account, w.page.Source).Scan(&s.chain, &s.next, &s.bottom)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("there is no stretch %d of %s", id, w.page.Source)
	}
	return s, err
}

// begin makes a new stretch. It drops those that hold nothing by which they could
// ever be met: walks over empty listings would heap them up.
func (w *pageWriter) begin() (stretch, error) {
	const drop = `DELETE FROM stretches WHERE account_id = ? AND source = ?
		AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.chain = stretches.chain)
		AND NOT EXISTS (SELECT 1 FROM marks WHERE marks.chain = stretches.chain)`
	if _, err := w.tx.ExecContext(w.ctx, drop, w.account, w.page.Source); err != nil {
		return stretch{}, err
	}
	var s stretch
	// The new id, which no other stretch ever had, is also the name of the chain.
	const insert = `INSERT INTO stretches (account_id, source, next, chain)
		VALUES (?, ?, '', (SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'stretches')) RETURNING id, chain`
	if err := w.tx.QueryRowContext(w.ctx, insert, w.account, w.page.Source).Scan(&s.id, &s.chain); err != nil {
		return stretch{}, err
	}
	for _, mark := range w.page.Marks {
		const q = `INSERT INTO marks (chain, mark) VALUES (?, ?) ON CONFLICT DO NOTHING`
		if _, err := w.tx.ExecContext(w.ctx, q, s.chain, mark); err != nil {
			return stretch{}, err
		}
	}
	return s, nil
}

// insert adds the page's posts to the ledger and below the stretch's others, and
// returns them with what was known.
func (w *pageWriter) insert(s *stretch) ([]backfill.KnownPost, error) {
	position, err := w.below(s.chain)
	if err != nil {
		return nil, err
	}
	known := make([]backfill.KnownPost, 0, len(w.page.Posts))
	seen := make(map[string]bool, len(w.page.Posts))
	for _, p := range w.page.Posts {
		if seen[p.URI] {
			continue
		}
		seen[p.URI] = true
		id, k, err := w.post(p)
		if err != nil {
			return nil, err
		}
		k.Object = p.Object
		known = append(known, k)
		const enter = `INSERT INTO entries (chain, position, post_id, walk) VALUES (?, ?, ?, ?)
			ON CONFLICT (post_id, chain) DO UPDATE SET walk = excluded.walk`
		if _, err := w.tx.ExecContext(w.ctx, enter, s.chain, position, id, s.id); err != nil {
			return nil, err
		}
		position++
		s.bottom = older(s.bottom, optional(p.Published))
	}
	return known, nil
}

// post makes sure that a post is known.
func (w *pageWriter) post(p fediverse.Post) (id int64, k backfill.KnownPost, err error) {
	const upsert = `INSERT INTO posts (account_id, uri, published, outcome) VALUES (?, ?, ?, ?)
		ON CONFLICT (account_id, uri) DO UPDATE SET published = coalesce(published, excluded.published)
		RETURNING id, uri, published, outcome, attempts, next_try, reason`
	row := w.tx.QueryRowContext(w.ctx, upsert, w.account, p.URI, optional(p.Published), string(backfill.Listed))
	return scanPost(row)
}

// below is the first free position under a chain.
func (w *pageWriter) below(chain int64) (position int64, err error) {
	err = w.tx.QueryRowContext(w.ctx, `SELECT coalesce(max(position) + 1, 0) FROM entries WHERE chain = ?`, chain).Scan(&position)
	return position, err
}

func (w *pageWriter) save(s stretch) error {
	_, err := w.tx.ExecContext(w.ctx, `UPDATE stretches SET next = ?, bottom = ? WHERE id = ?`, s.next, s.bottom, s.id)
	return err
}

// older returns the older of two dates; one that is missing counts for nothing.
func older(a, b sql.NullInt64) sql.NullInt64 {
	if !a.Valid || (b.Valid && b.Int64 < a.Int64) {
		return b
	}
	return a
}

func scanPost(row interface{ Scan(...any) error }) (id int64, k backfill.KnownPost, err error) {
	var published, nextTry sql.NullInt64
	var outcome string
	err = row.Scan(&id, &k.URI, &published, &outcome, &k.Attempts, &nextTry, &k.Reason)
	k.Published, k.NextTry, k.Outcome = fromOptional(published), fromOptional(nextTry), backfill.Outcome(outcome)
	return id, k, err
}

// isOlder says that a is a known date before b.
func isOlder(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.Before(b) }
