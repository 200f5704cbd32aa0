package replies_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/push"
	"tootfill/backfill/replies"
)

// fetchers are the workers and the database of a home that fetches replies by itself.
// They take a job at each look at the queue, until they are stuck.
type fetchers struct {
	*enginetest.Sidekiq
	// stuckAfter is after how many jobs for replies they are; 0 means never.
	stuckAfter int
	asked      int
}

func (f *fetchers) Waiting(ctx context.Context) (int, error) {
	if f.stuckAfter > 0 && f.asked >= f.stuckAfter {
		return 1000, nil
	}
	n, err := f.Sidekiq.Waiting(ctx)
	if err == nil {
		_, err = f.Where(ctx, nil)
	}
	return n, err
}

func (*fetchers) FetchesReplies(context.Context) (bool, error) { return true, nil }

func (f *fetchers) FetchReplies(ctx context.Context, id int64) error {
	f.asked++
	job := backfill.Job{JID: fmt.Sprint("replies-", id), URI: fmt.Sprint("replies-", id)}
	return f.Push(ctx, []backfill.Job{job})
}

func (*fetchers) StatusIDs(_ context.Context, uris []string) (map[string]int64, error) {
	ids := make(map[string]int64)
	for i, uri := range uris {
		ids[uri] = int64(i + 1)
	}
	return ids, nil
}

// newFetcherWorld is a world without a token, whose home fetches replies by itself.
func newFetcherWorld(t *testing.T, posts int) (*enginetest.World, *fetchers) {
	w, s := enginetest.NewSidekiqWorld(t, posts)
	f := &fetchers{Sidekiq: s}
	w.Engine.Options.Replies = true
	w.Engine.Push = push.Deliverer{Database: f, Workers: f}
	w.Engine.Replies = replies.Replies{Ledger: w.Ledger, Workers: f, Database: f}
	return w, f
}

// The jobs for posts and those for replies share the room in the queue: the sum of them
// never exceeds what may wait.
func TestJobsForRepliesShareTheRoom(t *testing.T) {
	for _, most := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) { shareTheRoom(t, most) })
	}
}

func shareTheRoom(t *testing.T, most int) {
	w, f := newFetcherWorld(t, 6)
	f.PerLook = 1
	w.Engine.Options.MaxWaiting, w.Engine.Clock = most, backfilltest.Later{By: time.Until(w.Clock.Now())}
	var handles []fediverse.Handle
	for _, user := range []string{"alice", "ben", "cleo"} {
		handles = append(handles, fediverse.Handle{User: user, Domain: user + ".example"})
	}
	results, err := w.Run(t, handles...)
	if err != nil || len(results) != 3 {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	for _, r := range results {
		if r.Imported != 6 || r.Replies == nil || r.Replies.Asked != 6 {
			t.Errorf("at most %d: %+v, replies %+v", most, r, r.Replies)
		}
	}
	if f.MostWaiting > most {
		t.Errorf("%d jobs waited, at most %d may", f.MostWaiting, most)
	}
}

// If there is no room for a long time, the replies are left out.
func TestRepliesAreLeftOutWithoutRoom(t *testing.T) {
	w, f := newFetcherWorld(t, 3)
	f.stuckAfter = 1
	r := w.FillAlice(t)
	if r.Status != backfill.Done || r.Imported != 3 || r.Replies == nil || r.Replies.Asked != 1 {
		t.Errorf("%+v, replies %+v", r, r.Replies)
	}
	if told := w.Listener.WarningTexts(); !strings.Contains(told, "no room in the queue of home.example") {
		t.Errorf("warned of %q", told)
	}
}
