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
	found []fediverse.Handle
}

// NoteFollows keeps the new follows.
func (d *DryFollows) NoteFollows(_ context.Context, _ string, _ Mark, unseen []Follow, leaveOut bool) error {
	if leaveOut {
		return nil
	}
	for _, f := range unseen {
		d.found = append(d.found, f.Account)
	}
	return nil
}

// MoveFollowMark changes nothing.
func (*DryFollows) MoveFollowMark(context.Context, string, Mark, int64) error { return nil }

// TakeFollows changes nothing.
func (*DryFollows) TakeFollows(context.Context, string) error { return nil }

// WaitingFollows are the new accounts and those that wait for any process.
func (d *DryFollows) WaitingFollows(ctx context.Context, list string) iter.Seq2[fediverse.Handle, error] {
	return func(yield func(fediverse.Handle, error) bool) {
		for _, h := range d.found {
			if !yield(h, nil) {
				return
			}
		}
		for h, err := range d.FollowLedger.WaitingFollows(ctx, list) {
			if !yield(h, err) {
				return
			}
		}
	}
}

// Remember remembers nothing.
func (*DryFollows) Remember(context.Context, string, string, string, time.Time) error { return nil }

// SettleFollow changes nothing.
func (*DryFollows) SettleFollow(context.Context, string, fediverse.Handle) error { return nil }
