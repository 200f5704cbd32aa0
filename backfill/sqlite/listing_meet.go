package sqlite

import (
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"tootfill/backfill"
)

// deepestMet looks up each key. CROSS JOIN keeps SQLite to that order; on its own it
// would go through all entries of the listing for a page of twenty
// (https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join).
const deepestMet = `SELECT max(place) FROM (
	SELECT top AS place FROM json_each(?1) AS k CROSS JOIN marks ON mark = (k.value ->> 0) || (k.value ->> 1) AND listing_id = ?2
	UNION ALL
	SELECT place FROM json_each(?1) AS k CROSS JOIN stems ON stem = k.value ->> 0 AND account_id = ?3
		CROSS JOIN posts ON tail = k.value ->> 1 AND stem_id = stems.id
		CROSS JOIN entries ON post_id = posts.id AND listing_id = ?2)
	WHERE place >= ?4`

// meets reports whether the page contains something of a lower stretch, either one
// of its posts or an entry of its top page, and the deepest place of all these.
func (w *pageWriter) meets(s stretch) (deepest int64, met bool, err error) {
	var halves [][2]string
	for _, key := range w.keys() {
		stem, tail := cutURI(key)
		halves = append(halves, [2]string{stem, tail})
	}
	keys, err := json.Marshal(halves)
	if err != nil {
		return 0, false, err
	}
	var place sql.NullInt64
	err = w.tx.QueryRowContext(w.ctx, deepestMet, string(keys), w.listing, w.account, s.end()).Scan(&place)
	return place.Int64, place.Valid, err
}

// keys returns the texts by which the page may meet a stretch. It leaves out posts
// that stand above newer ones: a post that an origin has lifted out of its place, as
// some do with pinned ones, says nothing about where the page is.
func (w *pageWriter) keys() []string {
	lifted := make(map[string]bool)
	var newest time.Time
	for _, p := range slices.Backward(w.page.Posts) {
		if isOlder(p.Published, newest) {
			lifted[p.URI] = true
		} else if !p.Published.IsZero() {
			newest = p.Published
		}
	}
	keys := make([]string, 0, len(w.page.Marks)+len(w.page.Posts))
	for _, p := range w.page.Posts {
		keys = append(keys, p.URI)
	}
	keys = append(keys, w.page.Marks...)
	return slices.DeleteFunc(keys, func(k string) bool { return lifted[k] })
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
			AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.listing_id = ?1 AND place BETWEEN top AND top + ?4 - 1)`,
	} {
		if _, err := w.tx.ExecContext(w.ctx, change, w.listing, s.top, last.top, int64(stretchRoom)); err != nil {
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
