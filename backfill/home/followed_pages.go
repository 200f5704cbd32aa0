package home

import (
	"context"
	"fmt"
	"math"
	"net/http"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// lastID is above the ids of all follows.
const lastID = math.MaxInt64

// FollowPage is a page of the accounts that the token's account follows, the latest
// follow first.
type FollowPage struct {
	// Accounts are the remote ones.
	Accounts []fediverse.Account
	// Entries counts all of them, also home's own and those that cannot be read.
	Entries int
	// Newest is the id of the first follow on the page; Ordered says that ids tell
	// the order of follows, and that home heeds After.
	Newest  int64
	Ordered bool
	// Next is the cursor of the next page; empty on the last one.
	Next string
}

// OnePerson reads the follows of the token's account, page by page.
type OnePerson struct {
	// Page reads the page at a cursor, empty for the first one, of the follows
	// above an id, if that is not 0.
	Page func(ctx context.Context, after int64, cursor string) (FollowPage, error)
	// Count is how many accounts home says it follows, home's own included.
	Count int
	// Host names home.
	Host  string
	Clock backfill.Clock
	// Seen is shown the new accounts as home describes them.
	Seen func([]fediverse.Account)
}

func (p OnePerson) look(ctx context.Context, n NewFollows, from Mark) error {
	switch {
	case !from.Looked:
		return p.lookFirst(ctx, n, from)
	case from.ID == Unordered:
		return p.lookUnordered(ctx, n, from)
	}
	return p.lookSince(ctx, n, from)
}

// lookFirst leaves everything out.
func (p OnePerson) lookFirst(ctx context.Context, n NewFollows, from Mark) error {
	page, err := p.Page(ctx, 0, "")
	if err != nil {
		return err
	}
	if page.Ordered {
		if err := n.Ledger.MoveFollowMark(ctx, n.List, from, page.Newest); err != nil {
			return err
		}
		leftOut := page.Entries
		if page.Next != "" {
			leftOut = max(leftOut, p.Count)
		}
		n.FirstLook(leftOut)
		return nil
	}
	leftOut := 0
	for {
		leftOut += page.Entries
		if err := n.note(ctx, from, unorderedFollows(page.Accounts), true); err != nil {
			return err
		}
		if page.Next == "" || page.Entries == 0 {
			break
		}
		if page, err = p.Page(ctx, 0, page.Next); err != nil {
			return err
		}
	}
	if err := n.Ledger.MoveFollowMark(ctx, n.List, from, Unordered); err != nil {
		return err
	}
	n.FirstLook(leftOut)
	return p.whole(n).remember(ctx)
}

// lookSince has home list the follows above the mark alone: new ones, those renewed
// after an unfollow, and requests that were accepted, for which Mastodon makes a
// follow only then.
func (p OnePerson) lookSince(ctx context.Context, n NewFollows, from Mark) error {
	newest := from.ID
	for cursor := ""; ; {
		page, err := p.Page(ctx, from.ID, cursor)
		if err != nil {
			return err
		}
		if page.Entries == 0 {
			break
		}
		if page.Newest <= from.ID {
			return &backfill.AnswerError{Server: p.Host, Status: http.StatusOK,
				Message: fmt.Sprintf("asked for the follows after %d, it lists that of %d", from.ID, page.Newest)}
		}
		newest = max(newest, page.Newest)
		follows := make([]Follow, 0, len(page.Accounts))
		for _, a := range page.Accounts {
			follows = append(follows, Follow{Account: a.Handle, ID: page.Newest, After: from.ID})
		}
		if err := n.note(ctx, from, follows, false); err != nil {
			return err
		}
		p.Seen(page.Accounts)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	return n.Ledger.MoveFollowMark(ctx, n.List, from, newest)
}

// lookUnordered reads down to the first page with nothing new. That page may hide others:
// accounts that were followed again stand above them, and a request that was accepted
// stays in its old place. So it reads on if the number of accounts has changed since the
// whole list was read last, and now and then even if not.
func (p OnePerson) lookUnordered(ctx context.Context, n NewFollows, from Mark) error {
	whole := p.whole(n)
	known, err := whole.isKnown(ctx)
	if err != nil {
		return err
	}
	for cursor := ""; ; {
		page, err := p.Page(ctx, 0, cursor)
		if err != nil {
			return err
		}
		follows := unorderedFollows(page.Accounts)
		unseen, err := n.Ledger.Unseen(ctx, n.List, follows)
		if err != nil {
			return err
		}
		if err := n.note(ctx, from, unseen, false); err != nil {
			return err
		}
		p.Seen(page.Accounts)
		if cursor = page.Next; cursor == "" || page.Entries == 0 {
			return whole.remember(ctx)
		}
		if known && len(unseen) == 0 && len(follows) > 0 {
			return nil
		}
	}
}

func unorderedFollows(accounts []fediverse.Account) []Follow {
	follows := make([]Follow, 0, len(accounts))
	for _, a := range accounts {
		follows = append(follows, Follow{Account: a.Handle, After: Unordered})
	}
	return follows
}
