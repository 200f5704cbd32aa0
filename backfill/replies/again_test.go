package replies_test

import (
	"context"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/replies"
)

// oneReply is an origin that shows one reply to each post, and counts the questions.
type oneReply struct{ asked int }

const replyURI = "https://chat.example/users/carol/statuses/1"

func (o *oneReply) RepliesTo(context.Context, backfill.Thread, int) ([]backfill.Reply, error) {
	o.asked++
	return []backfill.Reply{{Post: fediverse.Post{URI: replyURI, Bare: true}}}, nil
}

// againWorld is a world with one post and one reply to it, and an import of the reply
// that answers as passing does.
func againWorld(t *testing.T, passing func() error) (*enginetest.World, *oneReply, func() backfill.ReplyCounts) {
	w := enginetest.NewWorld(t, 1)
	origin := &oneReply{}
	w.Engine.Options.Via, w.Engine.Options.Replies = backfill.ViaResolve, true
	w.Engine.Replies = replies.Replies{Ledger: w.Ledger, Origins: origin}
	w.Home.OnImport = func(uri string, _ int) error {
		if uri == replyURI {
			return passing()
		}
		return nil
	}
	return w, origin, func() backfill.ReplyCounts {
		r := w.FillAlice(t)
		if r.Status != backfill.Done || r.Replies == nil {
			t.Fatalf("%+v", r)
		}
		return *r.Replies
	}
}

// A reply that home refuses is tried again by a later run, once it has rested, although
// that run imports nothing.
func TestARefusedReplyIsTriedAgain(t *testing.T) {
	refuses := true
	refusedOne := backfill.ReplyCounts{Refused: 1, RefusedFor: "home.example answered without the post"}
	w, origin, fill := againWorld(t, func() error {
		if refuses {
			return backfill.ErrRefused
		}
		return nil
	})
	for i, c := range []struct {
		pause   time.Duration
		refuses bool
		want    backfill.ReplyCounts
		asked   int
	}{
		{0, true, refusedOne, 1},
		{61 * time.Minute, true, refusedOne, 2},
		{2 * time.Hour, false, backfill.ReplyCounts{}, 2}, // it rests for 6 hours now
		{5 * time.Hour, false, backfill.ReplyCounts{Imported: 1}, 3},
		{40 * 24 * time.Hour, false, backfill.ReplyCounts{}, 3},
	} {
		refuses = c.refuses
		w.Clock.Step(c.pause)
		if got := fill(); got != c.want || origin.asked != c.asked {
			t.Errorf("run %d: %+v, the origin was asked %d times, want %+v and %d", i+1, got, origin.asked, c.want, c.asked)
		}
	}
}

// After five runs a reply is given up.
func TestAReplyIsGivenUp(t *testing.T) {
	w, origin, fill := againWorld(t, func() error { return backfill.ErrRefused })
	for range 8 {
		fill()
		w.Clock.Step(5 * 24 * time.Hour)
	}
	if origin.asked != 5 {
		t.Errorf("the origin was asked %d times, want 5", origin.asked)
	}
}
