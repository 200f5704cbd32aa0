package ledger

import (
	"context"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// The posts of a page are recorded and read together: a statement for each would take
// five times as long.

const (
	// addPosts adds the posts that are new, and dates to those that had none.
	addPosts = `INSERT INTO posts (stem_id, tail, published, outcome)
		SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, CAST(value ->> 2 AS BIGINT), ?2 FROM json_each(?1) WHERE TRUE
		ON CONFLICT (stem_id, tail) DO UPDATE SET published = excluded.published WHERE posts.published IS NULL AND excluded.published IS NOT NULL`
	findPosts = `SELECT published, outcome, run IS NOT DISTINCT FROM ?2, attempts, next_try, reason, posts.id FROM json_each(?1) AS k
		CROSS JOIN posts ON stem_id = CAST(k.value ->> 0 AS BIGINT) AND tail = k.value ->> 1 ORDER BY key`
)

// posts makes sure that the page's posts are known, and returns each once.
func (w *pageWriter) posts() (ids []int64, known []backfill.KnownPost, err error) {
	listed := onceEach(w.page.Posts)
	halves, err := w.halves(listed)
	if err != nil {
		return nil, nil, err
	}
	if err := w.addPosts(halves); err != nil {
		return nil, nil, err
	}
	rows, err := w.tx.QueryContext(w.ctx, findPosts, halves, w.run)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	ids, known = make([]int64, 0, len(listed)), make([]backfill.KnownPost, 0, len(listed))
	for i := 0; rows.Next(); i++ {
		var id int64
		k, err := scanPost(rows, &id)
		if err != nil {
			return nil, nil, err
		}
		k.URI, k.Object, k.Replies = listed[i].URI, listed[i].Object, listed[i].Replies
		ids, known = append(ids, id), append(known, k)
	}
	return ids, known, rows.Err()
}

// RecordDates records the dates of known posts; see [backfill.Ledger].
func (l *Ledger) RecordDates(ctx context.Context, r backfill.Run, posts []backfill.KnownPost) error {
	return l.write(ctx, "recording the dates of posts of "+r.Account.String(), func(tx Transaction) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		dated := make([]fediverse.Post, len(posts))
		for i, k := range posts {
			dated[i] = fediverse.Post{URI: k.URI, Published: k.Published}
		}
		w := &pageWriter{ctx: ctx, tx: tx, run: r.ID, account: account, stems: stemsOf(tx, account)}
		halves, err := w.halves(dated)
		if err != nil {
			return err
		}
		return w.addPosts(halves)
	})
}

// addPosts adds the posts that are new, and dates to those that had none.
func (w *pageWriter) addPosts(halves string) error {
	code, err := storedOutcome(backfill.Listed)
	if err == nil {
		_, err = w.tx.ExecContext(w.ctx, addPosts, halves, code)
	}
	return err
}

// halves lists the stem, tail and date of each post.
func (w *pageWriter) halves(posts []fediverse.Post) (string, error) {
	halves := make([][3]any, len(posts))
	for i, p := range posts {
		stem, tail := cutURI(p.URI)
		id, err := w.stems.id(w.ctx, stem)
		if err != nil {
			return "", err
		}
		halves[i] = [3]any{id, tail, nullable(optional(p.Published))}
	}
	return list(halves), nil
}

// onceEach leaves out posts that came before.
func onceEach(posts []fediverse.Post) []fediverse.Post {
	once := make([]fediverse.Post, 0, len(posts))
	seen := make(map[string]bool, len(posts))
	for _, p := range posts {
		if !seen[p.URI] {
			seen[p.URI] = true
			once = append(once, p)
		}
	}
	return once
}
