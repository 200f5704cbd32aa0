package replies

import (
	"fmt"
	"sync"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// threads are the posts of one account whose replies are wanted.
type threads struct {
	*session
	to      backfill.RepliesTo
	account fediverse.Account

	mu    sync.Mutex
	noted int
}

// Note notes posts that home has just taken in.
func (t *threads) Note(posts []backfill.KnownPost) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	posts = posts[:min(len(posts), mostNoted-t.noted)]
	if len(posts) == 0 {
		return nil
	}
	t.noted += len(posts)
	waiting := make([]backfill.Thread, 0, len(posts))
	for _, k := range posts {
		waiting = append(waiting, backfill.Thread{URI: k.URI, HomeID: k.HomeID, Published: k.Published, Replies: k.Replies})
	}
	if err := t.Ledger.AddThreads(t.saving, t.to.Run, waiting); err != nil {
		return fmt.Errorf("noting posts of %s that may have replies: %w", t.account.Handle, err)
	}
	return nil
}

// Bring brings the replies.
func (t *threads) Bring() (backfill.ReplyCounts, error) {
	err := t.bring()
	n, countErr := t.Ledger.ReplyCounts(t.saving, t.to.Run)
	if err == nil {
		err = countErr
	}
	return n, err
}

// end notes that nothing more is to be done for a post.
func (t *threads) end(uri string, asked bool) error {
	if err := t.Ledger.EndThread(t.saving, t.to.Run, uri, asked); err != nil {
		return fmt.Errorf("recording the replies to %s: %w", uri, err)
	}
	if asked {
		t.to.Filling.Tell(backfill.ThreadAsked{Account: t.account.Handle, URI: uri})
	}
	return nil
}

func (t *threads) warn(text string, hint backfill.Hint) {
	t.to.Filling.Tell(backfill.Warned{Account: t.account.Handle, Text: text, Hint: hint})
}
