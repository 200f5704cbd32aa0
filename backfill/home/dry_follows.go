package home

import (
	"context"
	"iter"
	"time"

	"tootfill/backfill/fediverse"
)

// DryFollows makes looks that change nothing: what they would note is kept in
// memory.
type DryFollows struct {
	FollowLedger
	found []NewFollow
}

// NoteFollows keeps the new follows.
func (d *DryFollows) NoteFollows(_ context.Context, _ string, _ Mark, unseen []Follow, leaveOut bool) error {
	if leaveOut {
		return nil
	}
	for _, f := range unseen {
		d.found = append(d.found, NewFollow{f.Account, f.Follower})
	}
	return nil
}

// MoveFollowMark changes nothing.
func (*DryFollows) MoveFollowMark(context.Context, string, Mark, int64) error { return nil }

// TakeFollows changes nothing.
func (*DryFollows) TakeFollows(context.Context, string) error { return nil }

// WaitingFollows are the new accounts and those that wait for any process.
func (d *DryFollows) WaitingFollows(ctx context.Context, list string) iter.Seq2[NewFollow, error] {
	return func(yield func(NewFollow, error) bool) {
		for _, f := range d.found {
			if !yield(f, nil) {
				return
			}
		}
		for f, err := range d.FollowLedger.WaitingFollows(ctx, list) {
			if !yield(f, err) {
				return
			}
		}
	}
}

// Remember remembers nothing.
func (*DryFollows) Remember(context.Context, string, string, string, time.Time) error { return nil }

// SettleFollow changes nothing.
func (*DryFollows) SettleFollow(context.Context, string, fediverse.Handle) error { return nil }
