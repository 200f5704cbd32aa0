package activitypub

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/loosejson"
)

// lemmyListing lists a person's posts and comments by Lemmy's API of version 0.19
// (crates/api/api_routes/v3). A person's outbox there is always empty
// (crates/apub/src/http/person.rs). A cursor is the number of a page.
type lemmyListing struct {
	site
	*trail
}

func (d *lemmyListing) source() string { return ListingLemmy }

func (d *lemmyListing) shortfall() backfill.Cause { return "" }

// top reads the newest posts and comments, which are always in the same place.
func (d *lemmyListing) top(ctx context.Context, _ string, known fetch.Validators) (topPage, error) {
	d.restart()
	return d.numbered(ctx, 1, known)
}

func (d *lemmyListing) page(ctx context.Context, cursor string) (backfill.Page, error) {
	number, err := strconv.Atoi(cursor)
	if err != nil || number < 2 {
		return backfill.Page{}, d.bad("lemmy: %w", errCursor)
	}
	read, err := d.numbered(ctx, number, fetch.Validators{})
	return read.Page, err
}

// numbered reads the page with a number, counted from 1.
func (d *lemmyListing) numbered(ctx context.Context, number int, known fetch.Validators) (topPage, error) {
	if err := d.enter(d.host); err != nil {
		return topPage{}, err
	}
	address := d.url("/api/v3/user", url.Values{
		"username": {d.user()}, "sort": {"New"}, "limit": {"50"}, "page": {strconv.Itoa(number)},
	})
	return d.ask(ctx, "lemmy", address, known, func(answer *fetch.Document) (backfill.Page, string, error) {
		page, err := d.read(answer.Body, number)
		return page, "", err
	})
}

// read reads the posts and comments on the page with a number.
func (d *lemmyListing) read(body []byte, number int) (backfill.Page, error) {
	n, err := loosejson.Parse(body)
	if err != nil {
		return backfill.Page{}, d.bad("lemmy: the person: %w", err)
	}
	if person := n.Object("person_view").Object("person").Text("actor_id"); !d.isActor(person) {
		return backfill.Page{}, d.bad("lemmy: the person %.200q is not %s", person, d.actor.URI)
	}
	entries := slices.Concat(d.entries(n, "posts", "post"), d.entries(n, "comments", "comment"))
	slices.SortStableFunc(entries, newestFirst)
	cursor, next := "", ""
	if number > 1 {
		cursor = strconv.Itoa(number)
	}
	if len(entries) > 0 {
		next = strconv.Itoa(number + 1)
	}
	return d.trail.page(cursor, next, entries), nil
}

// entries reads posts or comments.
func (d *lemmyListing) entries(n loosejson.Node, list, key string) []entry {
	var entries []entry
	for _, raw := range loosejson.AsList(n[list]) {
		view := loosejson.AsNode(raw)
		thing, author := view.Object(key), view.Object("creator").Text("actor_id")
		if d.isActor(author) {
			author = d.actor.URI
		}
		p := &fediverse.Post{
			URI: thing.Text("ap_id"), URL: thing.Text("ap_id"), Author: author,
			Published: moment(thing.Text("published")), Visibility: lemmyVisibility(view, thing),
		}
		e := entry{post: checked(p)}
		if e.post != nil {
			e.mark = e.post.URI
		}
		entries = append(entries, e)
	}
	return entries
}

// lemmyVisibility is public, except for what is deleted, removed by a moderator, or
// in a community that is not federated.
func lemmyVisibility(view, thing loosejson.Node) fediverse.Visibility {
	community := view.Object("community")
	visibility := community.Text("visibility")
	switch {
	case thing.IsTrue("deleted"), thing.IsTrue("removed"), community.IsTrue("removed"):
		return fediverse.Direct
	case visibility != "" && visibility != "Public":
		return fediverse.Private
	}
	return fediverse.Public
}

func newestFirst(a, b entry) int { return b.published().Compare(a.published()) }
