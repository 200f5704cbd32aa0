package activitypub

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
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

func (d *lemmyListing) page(ctx context.Context, cursor string) (backfill.Page, error) {
	number := 1
	if cursor == "" {
		d.restart()
	} else if n, err := strconv.Atoi(cursor); err != nil || n < 2 {
		return backfill.Page{}, d.bad("lemmy: %w", errCursor)
	} else {
		number = n
	}
	if err := d.enter(d.host); err != nil {
		return backfill.Page{}, err
	}
	answer, err := d.get(ctx, d.url("/api/v3/user", url.Values{
		"username": {d.user()}, "sort": {"New"}, "limit": {"50"}, "page": {strconv.Itoa(number)},
	}))
	if err != nil {
		return backfill.Page{}, within("lemmy", err)
	}
	n, err := loosejson.Parse(answer.Body)
	if err != nil {
		return backfill.Page{}, d.bad("lemmy: the person: %w", err)
	}
	if person := n.Object("person_view").Object("person").Text("actor_id"); !d.isActor(person) {
		return backfill.Page{}, d.bad("lemmy: the person %.200q is not %s", person, d.actor.URI)
	}
	entries := slices.Concat(d.entries(n, "posts", "post"), d.entries(n, "comments", "comment"))
	slices.SortStableFunc(entries, newestFirst)
	next := ""
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
