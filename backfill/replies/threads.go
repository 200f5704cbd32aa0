package replies

import (
	"context"
	"fmt"
	"sync"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// threads are the posts of one account whose replies are wanted.
type threads struct {
	*session
	// ctx is the filling's: it ends when nothing new may be started for the account.
	ctx     context.Context
	to      backfill.RepliesTo
	account fediverse.Account

	mu    sync.Mutex
	noted int
	// refusals and failures are why replies were refused and have failed here.
	refusals, failures reasons
}

// reasons are why so many replies met the same end. The ledger keeps none.
type reasons struct {
	backfill.SharedReason
	replies int
}

func (r *reasons) add(reason string) {
	r.replies++
	r.Add(reason)
}

// of is the reason that all of so many replies share; empty if that of one is not known.
func (r *reasons) of(replies int) string {
	if r.replies != replies {
		return ""
	}
	return r.Shared()
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
	t.mu.Lock()
	defer t.mu.Unlock()
	n.RefusedFor, n.FailedFor = t.refusals.of(n.Refused), t.failures.of(n.Failed)
	return n, err
}

// noteReason notes why a reply did not get to home.
func (t *threads) noteReason(k backfill.KnownPost) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch k.Outcome {
	case backfill.Refused:
		t.refusals.add(k.Reason)
	case backfill.Failed:
		t.failures.add(backfill.WithoutPost(k.Reason, k.URI))
	}
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
