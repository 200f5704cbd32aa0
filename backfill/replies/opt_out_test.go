package replies_test

import (
	"context"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/replies"
)

// conversations counts what home is asked, and ends the run at the first question.
type conversations struct {
	asked int
	first func()
}

func (c *conversations) Conversation(ctx context.Context, _ string) (backfill.Conversation, error) {
	if c.asked++; c.asked == 1 {
		c.first()
		return backfill.Conversation{}, ctx.Err()
	}
	return backfill.Conversation{}, nil
}

// Threads that an interrupted run has left are not brought once the account has opted
// out, although there is no post to import.
func TestAnOptOutCountsForWaitingThreads(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Origin.Tags, w.Engine.Asker = true, "42"
	w.Engine.Options.Via, w.Engine.Options.Replies = backfill.ViaResolve, true
	ctx, interrupt := context.WithCancel(t.Context())
	home := &conversations{first: interrupt}
	w.Engine.Replies = replies.Replies{Ledger: w.Ledger, Home: home, HomeFetches: true}
	if results, err := w.RunIn(ctx, enginetest.Alice); err == nil || len(results) != 1 || results[0].Imported != 5 || home.asked != 1 {
		t.Fatalf("%+v, %v, asked %d times", results, err, home.asked)
	}
	w.Origin.Change = "no more #nobackfill"
	w.Clock.Step(2 * time.Hour)
	if r := w.FillAlice(t); r.Cause != backfill.OptedOut || home.asked != 1 {
		t.Errorf("%+v, asked %d times", r, home.asked)
	}
	w.Origin.Change, w.Origin.Summary = "hello again", "hello again"
	w.Clock.Step(2 * time.Hour)
	if w.FillAlice(t); home.asked != 6 {
		t.Errorf("asked %d times", home.asked)
	}
}
