package home

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Follow says that a remote account is followed.
type Follow struct {
	Account fediverse.Handle
	// Follower is the id at home of the local account that follows; empty if that is the
	// token's account.
	Follower string
	// ID is that of the follow at home, or of a later one: home gives a new follow a
	// higher id than all others. After is an id below that of the follow. The
	// account is new unless a follow of it above After was seen before.
	ID, After int64
}

// NewFollow is an account that waits to be backfilled because somebody follows it.
type NewFollow struct {
	Account fediverse.Handle
	// Follower is the first one whose follow was new; see [Follow].
	Follower string
}

// Mark is up to which follow a list of follows was seen.
type Mark struct {
	// Looked says that the list was looked at before.
	Looked bool
	// ID is the id of a follow up to which all were seen; Unordered for lists of home
	// software whose ids say nothing about the order of follows.
	ID int64
}

// Unordered marks a list all of whose accounts are noted, since nothing else tells
// the new ones from the old.
const Unordered = -1

// FollowLedger remembers which follows were seen, and which of the accounts wait to
// be backfilled. List names a list of follows: one person's, or the whole server's.
type FollowLedger interface {
	// FollowMark is where the next look at the list begins.
	FollowMark(ctx context.Context, list string) (Mark, error)
	// Unseen returns those of the follows that are new.
	Unseen(ctx context.Context, list string, follows []Follow) ([]Follow, error)
	// NoteFollows notes which follows a look that began at a mark has seen. The
	// accounts of the new ones wait, for this process alone, unless they are left
	// out. If another look has moved the mark, it notes nothing and returns
	// ErrLooked.
	NoteFollows(ctx context.Context, list string, from Mark, follows []Follow, leaveOut bool) error
	// MoveFollowMark ends such a look; the same holds for the mark. Follows up to
	// the new one need not be remembered, unless they wait or it is Unordered.
	MoveFollowMark(ctx context.Context, list string, from Mark, to int64) error
	// TakeFollows makes all accounts of the list wait for this process that wait
	// for none that is alive.
	TakeFollows(ctx context.Context, list string) error
	// WaitingFollows are the accounts that wait for this process, the latest
	// follow first, in turn from each follower: one who follows thousands at once
	// does not hold up the others. They may be settled while reading.
	WaitingFollows(ctx context.Context, list string) iter.Seq2[NewFollow, error]
	// SettleFollow says that something has come of an account, which waits no more.
	SettleFollow(ctx context.Context, list string, account fediverse.Handle) error

	backfill.Memory
}

// ErrLooked: another process has looked at the list of follows meanwhile.
var ErrLooked = errors.New("another process has looked at the list of follows meanwhile")

// NewFollows finds the accounts that were followed since the last look at a list of
// follows.
//
// A look notes the new follows before anything is done about them, and then moves
// the mark, so a crash loses none: the accounts wait until something has come of
// them. Two processes that look at once share the accounts: each waits for the one
// that noted it first, as long as that process is alive.
type NewFollows struct {
	List   string
	Ledger FollowLedger
	// Source reads the list at home.
	Source FollowSource
	// FirstLook is told how many accounts the first look leaves out because they
	// were followed before it, or that they are Uncounted.
	FirstLook func(leftOut int)
}

// Uncounted says that nobody has counted the accounts.
const Uncounted = -1

// FollowSource reads a list of follows at home.
type FollowSource interface {
	// look notes the follows since a mark, and moves it.
	look(ctx context.Context, n NewFollows, from Mark) error
}

// Accounts looks at the list and yields the new accounts, with those that an
// earlier process took up and did not come to.
func (n NewFollows) Accounts(ctx context.Context) iter.Seq2[NewFollow, error] {
	return func(yield func(NewFollow, error) bool) {
		err := n.look(ctx)
		if err == nil {
			err = n.Ledger.TakeFollows(ctx, n.List)
		}
		if err != nil {
			yield(NewFollow{}, fmt.Errorf("looking for new follows: %w", err))
			return
		}
		for f, err := range n.Ledger.WaitingFollows(ctx, n.List) {
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// look looks again if another process was faster.
func (n NewFollows) look(ctx context.Context) error {
	for {
		from, err := n.Ledger.FollowMark(ctx, n.List)
		if err != nil {
			return err
		}
		if err := n.Source.look(ctx, n, from); !errors.Is(err, ErrLooked) {
			return err
		}
	}
}

// note notes those of the follows that a look has read which were not seen before. Most
// looks find none, and change nothing.
func (n NewFollows) note(ctx context.Context, from Mark, follows []Follow, leaveOut bool) error {
	if len(follows) == 0 {
		return nil
	}
	unseen, err := n.Ledger.Unseen(ctx, n.List, follows)
	if err != nil || len(unseen) == 0 {
		return err
	}
	return n.Ledger.NoteFollows(ctx, n.List, from, unseen, leaveOut)
}
