package replies_test

import (
	"context"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/replies"
)

// selective fetches the replies to every second post.
type selective struct{ asked int }

func (s *selective) Conversation(context.Context, string) (backfill.Conversation, error) {
	s.asked++
	return backfill.Conversation{Begun: s.asked%2 == 0}, nil
}

// Only what home says it has begun to fetch counts as asked. The limit is one of
// questions.
func TestWhatHomeDoesNotFetchIsNotCounted(t *testing.T) {
	for _, c := range []struct{ limit, asked, counted int }{{0, 10, 5}, {3, 3, 1}, {10, 10, 5}} {
		w := enginetest.NewWorld(t, 10)
		w.Engine.Options.Via, w.Engine.Options.Replies = backfill.ViaResolve, true
		home := &selective{}
		w.Engine.Replies = replies.Replies{Ledger: w.Ledger, Home: home, HomeFetches: true, Limits: replies.Limits{Threads: c.limit}}
		r := w.FillAlice(t)
		if home.asked != c.asked || r.Replies == nil || r.Replies.Asked != c.counted {
			t.Errorf("limit %d: asked %d times, counted %+v, want %d and %d", c.limit, home.asked, r.Replies, c.asked, c.counted)
		}
	}
}
