package enginetest

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Origin lists the same posts for every account, one a day backwards.
type Origin struct {
	mu sync.Mutex

	// Top is one day after the date of the newest post.
	Top time.Time
	// Posts is how many posts each account has. The oldest is number 0.
	Posts int
	// Claims is how many posts the first page says that each account has; 0 says nothing.
	Claims int
	// Summary is the text of each profile.
	Summary string
	// OnPage answers for the page at a cursor; nil returns the page.
	OnPage func(cursor string) error
	// OpenErr is what opening a listing fails with.
	OpenErr error
	// PagesRead counts the pages that have been asked for.
	PagesRead int
	// ShortBecause is why listings have less than the account.
	ShortBecause backfill.Cause
	// BreaksAt is the cursor at which the outbox gives way to another listing.
	BreaksAt string
	// Tags says that the origin recognises the top page that was read last. An account
	// is then opened from memory, the first time as well.
	Tags bool
	// Change is the text of each profile once the actor is asked for; empty means
	// Summary. RevalidateErr is what asking for a known actor fails with.
	Change        string
	RevalidateErr error
	// Moves is how many more posts the listing has in the place to which it turns out
	// to have moved; 0 means that it has not.
	Moves int
	// Reopened counts the accounts that were opened afresh, and Revalidated the actors
	// that were asked for.
	Reopened, Revalidated int
}

// PageSize is how many posts a page lists.
const PageSize = 20

// ActorURI is the ActivityPub id of an account.
func ActorURI(h fediverse.Handle) string { return "https://" + h.Domain + "/users/" + h.User }

// PostURI is the ActivityPub id of the account's post number i.
func PostURI(h fediverse.Handle, i int) string {
	return fmt.Sprintf("%s/statuses/%06d", ActorURI(h), i)
}

// Open opens the listing of an account.
func (o *Origin) Open(_ context.Context, a fediverse.Account) (backfill.Listing, error) {
	if o.OpenErr != nil {
		return nil, o.OpenErr
	}
	return &Listing{Origin: o, Account: a, recalled: o.Tags}, nil
}

// Reopen opens the listing of an account that was never opened before.
func (o *Origin) Reopen(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	if o.OpenErr != nil {
		return nil, o.OpenErr
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Reopened++
	return &Listing{Origin: o, Account: a}, ctx.Err()
}

// Listing is the listing of one account.
type Listing struct {
	*Origin
	Account fediverse.Account
	over    bool
	// recalled says that the actor is only remembered.
	recalled bool
}

// Actor is the account as its origin describes it.
func (l *Listing) Actor() fediverse.Actor {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fediverse.Actor{URI: ActorURI(l.Account.Handle), Handle: l.Account.Handle, Summary: l.Summary}
}

// Source is the name of the listing: the outbox, or what follows where that breaks off.
func (l *Listing) Source() string {
	if l.over {
		return "rest"
	}
	return "outbox"
}

// ReadPost returns the post as it is.
func (l *Listing) ReadPost(_ context.Context, p fediverse.Post) (fediverse.Post, error) {
	return p, nil
}

// Shortfall is why the listing has less than the account.
func (l *Listing) Shortfall() backfill.Cause { return l.ShortBecause }

// Page counts posts from the oldest (0) to the newest (n-1), so that a cursor means
// the same after new posts have been added.
func (l *Listing) Page(ctx context.Context, cursor string) (backfill.Page, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return backfill.Page{}, err
	}
	if l.OnPage != nil {
		if err := l.OnPage(cursor); err != nil {
			return backfill.Page{}, err
		}
	}
	l.PagesRead++
	if cursor != "" && cursor == l.BreaksAt && !l.over {
		l.over, cursor = true, ""
	}
	below := l.Posts
	if cursor != "" {
		below, _ = strconv.Atoi(cursor)
	}
	var page backfill.Page
	for i := below - 1; i >= 0 && len(page.Posts) < PageSize; i-- {
		uri := PostURI(l.Account.Handle, i)
		page.Posts = append(page.Posts, fediverse.Post{
			URI: uri, Author: ActorURI(l.Account.Handle), Visibility: fediverse.Public,
			Published: l.Top.AddDate(0, 0, i-l.Posts),
		})
		page.Marks = append(page.Marks, uri+"/activity")
		page.Next = strconv.Itoa(i)
	}
	if page.Next == "0" {
		page.Next = ""
	}
	page.Items = len(page.Posts)
	if cursor == "" {
		page.Total = l.Claims
	}
	if l.Tags && below == l.Posts {
		page.Tag = fmt.Sprintf("%d posts", l.Posts)
	}
	return page, nil
}

// CountPage counts a page that a listing of another kind has read.
func (o *Origin) CountPage() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.PagesRead++
}

// TopIfChanged is the top page. Where the origin gives tags, it may be the same as before.
func (l *Listing) TopIfChanged(ctx context.Context, tag string) (page backfill.Page, same bool, err error) {
	if page, err = l.Page(ctx, ""); err != nil || !l.Tags || tag != page.Tag {
		return page, false, err
	}
	return backfill.Page{}, true, nil
}

// Revalidate finds the actor as it is now.
func (l *Listing) Revalidate(ctx context.Context) (moved bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.recalled {
		return false, ctx.Err()
	}
	l.Revalidated++
	if l.RevalidateErr != nil {
		return false, l.RevalidateErr
	}
	l.recalled = false
	if l.Change != "" {
		l.Summary = l.Change
	}
	l.Posts += l.Moves
	moved, l.Moves = l.Moves > 0, 0
	return moved, ctx.Err()
}
