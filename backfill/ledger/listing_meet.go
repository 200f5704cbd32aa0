package ledger

import (
	"database/sql"
	"math"
	"slices"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// deepestMet looks up each key. CROSS JOIN keeps SQLite to that order; on its own it
// would go through all entries of the listing for a page of twenty
// (https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join).
const deepestMet = `SELECT max(place) FROM (
	SELECT top AS place FROM json_each(?1) AS k CROSS JOIN marks ON mark = (k.value ->> 0) || (k.value ->> 1) AND listing_id = ?2
	UNION ALL
	SELECT place FROM json_each(?1) AS k CROSS JOIN stems ON stem = k.value ->> 0 AND account_id = ?3
		CROSS JOIN posts ON tail = k.value ->> 1 AND stem_id = stems.id
		CROSS JOIN entries ON post_id = posts.id AND listing_id = ?2) AS met
	WHERE place >= ?4`

// placesOf are the places of posts in the listing.
const placesOf = `SELECT stem || tail, place FROM json_each(?1) AS k CROSS JOIN stems ON stem = k.value ->> 0 AND account_id = ?3
	CROSS JOIN posts ON tail = k.value ->> 1 AND stem_id = stems.id
	CROSS JOIN entries ON post_id = posts.id AND listing_id = ?2`

// meets reports whether the page contains something of a lower stretch, either one
// of its posts or an entry of its top page, and the deepest place of all these.
func (w *pageWriter) meets(s stretch) (deepest int64, met bool, err error) {
	lifted, err := w.lifted(s)
	if err != nil {
		return 0, false, err
	}
	keys := halvesOf(w.keys(lifted))
	var place sql.NullInt64
	err = w.tx.QueryRowContext(w.ctx, deepestMet, keys, w.listing, w.account, s.end()).Scan(&place)
	return place.Int64, place.Valid, err
}

// keys returns the texts by which the page may meet a stretch: its posts, except
// the lifted ones, and its marks.
func (w *pageWriter) keys(lifted map[string]bool) []string {
	keys := make([]string, 0, len(w.page.Marks)+len(w.page.Posts))
	for _, p := range w.page.Posts {
		keys = append(keys, p.URI)
	}
	keys = append(keys, w.page.Marks...)
	return slices.DeleteFunc(keys, func(k string) bool { return lifted[k] })
}

// lifted are the posts that an origin has lifted out of their place, as some do with
// pinned ones. They say nothing about where the page is. A post with a date is
// lifted if it stands above a newer one; one without, if it stands above one that is
// new to the listing, or that an earlier walk has listed further up.
func (w *pageWriter) lifted(s stretch) (map[string]bool, error) {
	places, err := w.places()
	if err != nil {
		return nil, err
	}
	lifted := make(map[string]bool)
	var newest time.Time
	below, unknownBelow := int64(math.MaxInt64), false
	for _, p := range slices.Backward(w.page.Posts) {
		place, known := places[p.URI]
		undated := p.Published.IsZero()
		switch {
		case isOlder(p.Published, newest), undated && known && place >= s.end() && (unknownBelow || place > below):
			lifted[p.URI] = true
			continue
		case !known:
			unknownBelow = true
		case place >= s.end():
			below = place
		}
		if !undated {
			newest = p.Published
		}
	}
	return lifted, nil
}

// places are where the posts of a page with undated posts stand in the listing, as
// far as they are in it. Dates are enough on other pages.
func (w *pageWriter) places() (map[string]int64, error) {
	if !slices.ContainsFunc(w.page.Posts, func(p fediverse.Post) bool { return p.Published.IsZero() }) {
		return nil, nil
	}
	uris := make([]string, 0, len(w.page.Posts))
	for _, p := range w.page.Posts {
		uris = append(uris, p.URI)
	}
	rows, err := w.tx.QueryContext(w.ctx, placesOf, halvesOf(uris), w.listing, w.account)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	places := make(map[string]int64, len(uris))
	for rows.Next() {
		var uri string
		var place int64
		if err := rows.Scan(&uri, &place); err != nil {
			return nil, err
		}
		places[uri] = place
	}
	return places, rows.Err()
}

// isOlder says that a is a known date before b.
func isOlder(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.Before(b) }

// closeGaps notes that there is no gap between s and the deepest place that the
// page has met. The walk continues at the next gap; what is in between is known.
func (w *pageWriter) closeGaps(s stretch, deepest int64) (backfill.Stretch, error) {
	last, next, err := w.gapBelow(deepest)
	if err != nil {
		return backfill.Stretch{}, err
	}
	for _, change := range []string{
		`UPDATE stretches SET next = NULL WHERE listing_id = ?1 AND top BETWEEN ?2 AND ?3`,
		// A listing is recognised by the top page of the latest walk.
		`DELETE FROM marks WHERE listing_id = ?1 AND top > ?2 AND top <= ?3`,
		// Some stretches have lost all their posts, which have moved up.
		`DELETE FROM stretches WHERE listing_id = ?1 AND top > ?2 AND top <= ?3
			AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.listing_id = ?1 AND place BETWEEN top AND top + ` + lastOfRoom + `)`,
	} {
		if _, err := w.tx.ExecContext(w.ctx, change, w.listing, s.top, last.top); err != nil {
			return backfill.Stretch{}, err
		}
	}
	const lowest = `SELECT id, top FROM stretches WHERE listing_id = ? AND top <= ? ORDER BY top DESC LIMIT 1`
	if err := w.tx.QueryRowContext(w.ctx, lowest, w.listing, last.top).Scan(&last.id, &last.top); err != nil {
		return backfill.Stretch{}, err
	}
	below := backfill.Span{Listing: w.listing, From: s.end(), To: last.end()}
	return backfill.Stretch{ID: last.id, Next: next, Joined: true, Below: below}, w.setNext(last, next)
}

// gapBelow finds the first gap below a place: the stretch above it, and the cursor
// with which to read on.
func (w *pageWriter) gapBelow(place int64) (last stretch, next string, err error) {
	const q = `SELECT id, top, next FROM stretches WHERE listing_id = ?1 AND next IS NOT NULL
		AND top >= (SELECT max(top) FROM stretches WHERE listing_id = ?1 AND top <= ?2) ORDER BY top LIMIT 1`
	err = w.tx.QueryRowContext(w.ctx, q, w.listing, place).Scan(&last.id, &last.top, &next)
	return last, next, err
}
