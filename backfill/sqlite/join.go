package sqlite

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// met returns the other stretches of the account and source that the page meets,
// the one that reaches deepest last. A page meets a stretch if it has one of its
// posts, or an entry of its top page.
func (w *pageWriter) met(s stretch) ([]stretch, error) {
	keys, err := json.Marshal(w.keys())
	if err != nil {
		return nil, err
	}
	const q = `SELECT id, chain, next, bottom FROM stretches AS s
		WHERE account_id = ?1 AND source = ?2 AND id <> ?3 AND (
			EXISTS (SELECT 1 FROM json_each(?4) AS k JOIN marks ON mark = k.value AND marks.chain = s.chain)
			OR EXISTS (SELECT 1 FROM json_each(?4) AS k JOIN posts ON posts.account_id = ?1 AND uri = k.value
				JOIN entries ON post_id = posts.id AND entries.chain = s.chain))`
	rows, err := w.tx.QueryContext(w.ctx, q, w.account, w.page.Source, s.id, string(keys))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var met []stretch
	for rows.Next() {
		var m stretch
		if err := rows.Scan(&m.id, &m.chain, &m.next, &m.bottom); err != nil {
			return nil, err
		}
		met = append(met, m)
	}
	slices.SortFunc(met, byDepth)
	return met, rows.Err()
}

// byDepth sorts stretches by how deep they reach: one that was read to its end
// is deepest, then the one with the oldest post; of equals the older stretch.
func byDepth(a, b stretch) int {
	switch {
	case (a.next == "") != (b.next == ""):
		return cmp.Compare(len(b.next), len(a.next))
	case a.bottom.Valid != b.bottom.Valid:
		if b.bottom.Valid {
			return -1
		}
		return 1
	case a.bottom.Int64 != b.bottom.Int64:
		return cmp.Compare(b.bottom.Int64, a.bottom.Int64)
	}
	return cmp.Compare(b.id, a.id)
}

// keys are the texts by which the page may meet a stretch. Posts that stand above
// newer ones are left out: a post that an origin has lifted out of its place, as
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

// join makes the other stretches part of s, in their order. What s has taken over
// from stretches that it joined before has been read by now; it counts as listed
// by this walk, so that Known does not return it a second time.
func (w *pageWriter) join(s *stretch, others []stretch) error {
	if _, err := w.tx.ExecContext(w.ctx, `UPDATE entries SET walk = ?1 WHERE chain = ?2 AND walk <> ?1`, s.id, s.chain); err != nil {
		return err
	}
	for _, other := range others {
		if err := w.append(s, other); err != nil {
			return err
		}
	}
	return nil
}

// append hangs the posts of another stretch below those of s, but for those that
// s has already, and does away with the other.
func (w *pageWriter) append(s *stretch, other stretch) error {
	steps := []struct {
		query string
		args  []any
	}{
		{`DELETE FROM entries WHERE chain = ?2 AND post_id IN (SELECT post_id FROM entries WHERE chain = ?1)`, []any{s.chain, other.chain}},
		{`DELETE FROM marks WHERE chain = ?`, []any{other.chain}},
		{`DELETE FROM stretches WHERE id = ?`, []any{other.id}},
	}
	for _, step := range steps {
		if _, err := w.tx.ExecContext(w.ctx, step.query, step.args...); err != nil {
			return err
		}
	}
	s.bottom = older(s.bottom, other.bottom)
	return w.link(s, other.chain)
}

// link makes one chain of two, the lower one's posts below the upper one's. Only
// those of the shorter are moved: as a rule a new page or two meet a stretch of
// thousands of posts.
func (w *pageWriter) link(s *stretch, lower int64) error {
	upperTop, upperEnd, err := w.span(s.chain)
	if err != nil {
		return err
	}
	lowerTop, lowerEnd, err := w.span(lower)
	if err != nil {
		return err
	}
	if lowerEnd-lowerTop <= upperEnd-upperTop {
		return w.move(lower, s.chain, upperEnd-lowerTop)
	}
	if err := w.move(s.chain, lower, lowerTop-upperEnd); err != nil {
		return err
	}
	if _, err := w.tx.ExecContext(w.ctx, `UPDATE marks SET chain = ? WHERE chain = ?`, lower, s.chain); err != nil {
		return err
	}
	_, err = w.tx.ExecContext(w.ctx, `UPDATE stretches SET chain = ? WHERE id = ?`, lower, s.id)
	s.chain = lower
	return err
}

// span returns a chain's first position and the one after its last.
func (w *pageWriter) span(chain int64) (top, end int64, err error) {
	const q = `SELECT coalesce((SELECT min(position) FROM entries WHERE chain = ?1), 0),
		coalesce((SELECT max(position) + 1 FROM entries WHERE chain = ?1), 0)`
	err = w.tx.QueryRowContext(w.ctx, q, chain).Scan(&top, &end)
	return top, end, err
}

func (w *pageWriter) move(from, to, by int64) error {
	_, err := w.tx.ExecContext(w.ctx, `UPDATE entries SET chain = ?, position = position + ? WHERE chain = ?`, to, by, from)
	return err
}
