package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tootfill/backfill"
)

// How a listing is kept
//
// A listing is all that is known about one source of one account, such as its
// outbox. It is one list of posts from the top down, with gaps where nobody has
// read yet:
//
//	place │ stretch 7   9 8 7     begun by the latest walk; next: "after 7"
//	      │ · · · · · · · · · ·   a gap: nobody has read what stands here
//	      │ stretch 4   4 3       next: NULL, it touches the one below
//	      ▼ stretch 2   2 1       next: "", the listing ends here
//
// Every walk begins at the top, with a stretch of its own above all others. What
// it reads goes to the end of that stretch. A page that contains something of a
// lower stretch has met it, and the gap between them is closed:
//
//	page 6 5 4 3   ┌ stretch 7   9 8 7 6 5 4 3   next: NULL
//	               └ stretch 2   2 1             next: ""
//
// 4 and 3 have moved up, since a post stands where a walk last listed it. Stretch 4
// has nothing left in it and is gone. What stands below the page, down to the next
// gap, need not be read again: the walk gets it as a [backfill.Span] and continues
// at that gap, adding what it reads there to the stretch above the gap. So
//
//   - a walk that breaks off anywhere leaves a gap with the cursor at which to
//     continue, however many walks begin and break off above it;
//   - a walk that finds nothing new reads one page, and moves its posts up;
//   - no span has a post that the walk has already listed, since a span begins
//     below whatever the walk has read. An origin's pages may repeat posts; the
//     engine leaves those out.
//
// If a cursor has died, the engine makes the next walk follow the origin's pages
// from the top to the end, and does not use the spans and cursors that it gets.
//
// A place is a number that grows downwards. Each stretch has room for
// [stretchRoom] places from its top on, so a post's place tells its stretch, and a
// span is a range of places.

const (
	// stretchRoom is how many posts a stretch has room for.
	stretchRoom = 1 << 32
	// lastOfRoom is stretchRoom - 1, in SQL.
	lastOfRoom = "4294967295"
	// lowestTop is the place of the first stretch of a listing; each later one
	// begins stretchRoom above the one before. There is room for a walk every
	// minute for two thousand years.
	lowestTop = 1 << 62
)

// stretch is a row of the table of that name.
type stretch struct{ id, top int64 }

// end is the first place that belongs to what is below.
func (s stretch) end() int64 { return s.top + stretchRoom }

// pageWriter records one page in one transaction.
type pageWriter struct {
	ctx              context.Context
	tx               Transaction
	run              int64
	account, listing int64
	stems            stems
	page             backfill.ListedPage
}

// RecordPage records a page of a listing; see [backfill.Ledger].
//
// Posts are kept in the order of the listing: newest first, except where the origin
// itself lists them out of order. Unlike the order by date, it has no ties. A post
// that is on the page twice counts once, and one that this walk has already listed
// keeps its place.
func (l *Ledger) RecordPage(ctx context.Context, r backfill.Run, id int64, p backfill.ListedPage) (backfill.Stretch, []backfill.KnownPost, error) {
	var s backfill.Stretch
	var known []backfill.KnownPost
	err := l.write(ctx, "recording a page of "+r.Account.String(), func(tx Transaction) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		w := &pageWriter{ctx: ctx, tx: tx, run: r.ID, account: account, stems: stemsOf(tx, account), page: p}
		if w.listing, err = listingOf(ctx, tx, account, p.Source); err != nil {
			return err
		}
		s, known, err = w.record(id)
		return err
	})
	if err != nil {
		return backfill.Stretch{}, nil, err
	}
	return s, known, nil
}

// listingOf returns the id of a source's listing, and adds the listing if it is new.
func listingOf(ctx context.Context, tx Transaction, account int64, source string) (id int64, err error) {
	// An update that changes nothing makes RETURNING answer for a known listing.
	const upsert = `INSERT INTO listings (account_id, source) VALUES (?, ?)
		ON CONFLICT (account_id, source) DO UPDATE SET source = excluded.source RETURNING id`
	err = tx.QueryRowContext(ctx, upsert, account, source).Scan(&id)
	return id, err
}

func (w *pageWriter) record(id int64) (backfill.Stretch, []backfill.KnownPost, error) {
	s, err := w.stretch(id)
	if err != nil {
		return backfill.Stretch{}, nil, err
	}
	deepest, met, err := w.meets(s)
	if err != nil {
		return backfill.Stretch{}, nil, err
	}
	known, err := w.add(s)
	if err != nil {
		return backfill.Stretch{}, nil, err
	}
	if !met {
		return backfill.Stretch{ID: s.id, Next: w.page.Next}, known, w.setNext(s, w.page.Next)
	}
	joined, err := w.closeGaps(s, deepest)
	return joined, known, err
}

// stretch finds the stretch that the page belongs to, or begins a new one.
func (w *pageWriter) stretch(id int64) (stretch, error) {
	if w.page.First != (id == 0) {
		return stretch{}, fmt.Errorf("a first page begins a stretch, and others go on with one: first is %t, stretch %d", w.page.First, id)
	}
	if w.page.First {
		return w.begin()
	}
	s := stretch{id: id}
	err := w.tx.QueryRowContext(w.ctx, `SELECT top FROM stretches WHERE id = ? AND listing_id = ?`, id, w.listing).Scan(&s.top)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("there is no stretch %d of %s", id, w.page.Source)
	}
	return s, err
}

// begin makes a new stretch above all others, and records the entries by which its
// top is recognised. It first drops the topmost stretch if that holds nothing by
// which it could be met: walks over empty listings would pile such stretches up.
func (w *pageWriter) begin() (stretch, error) {
	const drop = `DELETE FROM stretches WHERE listing_id = ?1 AND top = (SELECT min(top) FROM stretches WHERE listing_id = ?1)
		AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.listing_id = ?1 AND place BETWEEN top AND top + ` + lastOfRoom + `)
		AND NOT EXISTS (SELECT 1 FROM marks WHERE marks.listing_id = ?1 AND marks.top = stretches.top)`
	if _, err := w.tx.ExecContext(w.ctx, drop, w.listing); err != nil {
		return stretch{}, err
	}
	var s stretch
	const insert = `INSERT INTO stretches (listing_id, top) VALUES (?1, coalesce((SELECT min(top) - ?2 FROM stretches WHERE listing_id = ?1), ?3))
		RETURNING id, top`
	if err := w.tx.QueryRowContext(w.ctx, insert, w.listing, int64(stretchRoom), int64(lowestTop)).Scan(&s.id, &s.top); err != nil {
		return stretch{}, err
	}
	const mark = `INSERT INTO marks (listing_id, mark, top) SELECT ?1, value ->> 0, ?2 FROM json_each(?3) WHERE TRUE ON CONFLICT DO NOTHING`
	_, err := w.tx.ExecContext(w.ctx, mark, w.listing, s.top, column(w.page.Marks))
	return s, err
}

// add adds the page's posts at the end of the stretch, and returns them with what
// was known. Posts of a lower stretch move up; those of this stretch, or of one
// above it, which this walk has been through, keep their place.
func (w *pageWriter) add(s stretch) ([]backfill.KnownPost, error) {
	const free = `SELECT coalesce(max(place) + 1, ?2) FROM entries WHERE listing_id = ?1 AND place >= ?2 AND place < ?3`
	var place int64
	if err := w.tx.QueryRowContext(w.ctx, free, w.listing, s.top, s.end()).Scan(&place); err != nil {
		return nil, err
	}
	ids, known, err := w.posts()
	if err != nil {
		return nil, err
	}
	const enter = `INSERT INTO entries (listing_id, place, post_id) SELECT ?1, ?2 + key, CAST(value AS BIGINT) FROM json_each(?3) WHERE TRUE
		ON CONFLICT (post_id, listing_id) DO UPDATE SET place = excluded.place WHERE entries.place >= ?4`
	_, err = w.tx.ExecContext(w.ctx, enter, w.listing, place, list(ids), s.end())
	return known, err
}

// setNext notes the cursor of the gap below a stretch.
func (w *pageWriter) setNext(s stretch, next string) error {
	_, err := w.tx.ExecContext(w.ctx, `UPDATE stretches SET next = ? WHERE id = ?`, next, s.id)
	return err
}
