package backfill_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// variedOrigin lists the posts of accounts of all sizes, in pages of all sizes and in
// different orders.
type variedOrigin map[fediverse.Handle]*variedAccount

type variedAccount struct {
	// posts are in the order of the listing.
	posts    []fediverse.Post
	pageSize int
	// tagged says that the origin recognises its top page.
	tagged bool
}

// newVariedAccount makes an account, of which most list the newest posts first.
func newVariedAccount(random *rand.Rand, h fediverse.Handle, newest time.Time) *variedAccount {
	a := &variedAccount{pageSize: 7 + random.IntN(54), tagged: random.IntN(3) == 0}
	n := random.IntN([]int{20, 50, 100, 301}[random.IntN(4)])
	for i := range n {
		a.posts = append(a.posts, fediverse.Post{
			URI: enginetest.PostURI(h, n-1-i), Author: enginetest.ActorURI(h), Visibility: fediverse.Public,
			Published: newest.AddDate(0, 0, -1-i),
		})
	}
	swap := func(i, j int) { a.posts[i], a.posts[j] = a.posts[j], a.posts[i] }
	switch random.IntN(8) {
	case 0:
		random.Shuffle(n, swap)
	case 1:
		for i := range n / 2 {
			swap(i, n-1-i)
		}
	}
	return a
}

func (o variedOrigin) Open(_ context.Context, a fediverse.Account) (backfill.Listing, error) {
	return variedListing{account: a, variedAccount: o[a.Handle]}, nil
}

func (o variedOrigin) Reopen(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	return o.Open(ctx, a)
}

type variedListing struct {
	account fediverse.Account
	*variedAccount
}

func (l variedListing) Actor() fediverse.Actor {
	return fediverse.Actor{URI: enginetest.ActorURI(l.account.Handle), Handle: l.account.Handle}
}

func (variedListing) Revalidate(context.Context) (bool, error) { return false, nil }

func (variedListing) Source() string { return "outbox" }

func (variedListing) Shortfall() backfill.Cause { return "" }

func (variedListing) ReadPost(_ context.Context, p fediverse.Post) (fediverse.Post, error) {
	return p, nil
}

// Page counts from the top: nobody posts meanwhile.
func (l variedListing) Page(ctx context.Context, cursor string) (backfill.Page, error) {
	if err := ctx.Err(); err != nil {
		return backfill.Page{}, err
	}
	from := 0
	if cursor != "" {
		var err error
		if from, err = strconv.Atoi(cursor); err != nil {
			return backfill.Page{}, err
		}
	}
	to := min(from+l.pageSize, len(l.posts))
	page := backfill.Page{Posts: l.posts[from:to:to], Items: to - from, Total: len(l.posts)}
	for _, p := range page.Posts {
		page.Marks = append(page.Marks, p.URI+"/activity")
	}
	if to < len(l.posts) {
		page.Next = strconv.Itoa(to)
	}
	if from == 0 && l.tagged {
		page.Tag = fmt.Sprintf("%d posts", len(l.posts))
	}
	return page, nil
}

func (l variedListing) TopIfChanged(ctx context.Context, tag string) (page backfill.Page, same bool, err error) {
	if page, err = l.Page(ctx, ""); err != nil || !l.tagged || tag != page.Tag {
		return page, false, err
	}
	return backfill.Page{}, true, nil
}
