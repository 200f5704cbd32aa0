package activitypub

import (
	"context"
	"net/url"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/httpheader"
	"tootfill/backfill/loosejson"
)

// restListing lists posts through Mastodon's REST API, which much other software
// also has. The API is open to everybody unless the server says otherwise (Mastodon
// app/controllers/api/base_controller.rb, DISALLOW_UNAUTHENTICATED_API_ACCESS).
// A cursor is account id/max_id.
type restListing struct {
	site
	*trail
}

// restLimit is the most that Mastodon allows (app/controllers/api/v1/accounts/statuses_controller.rb).
const restLimit = "40"

func (d *restListing) source() string { return ListingREST }

func (d *restListing) shortfall() backfill.Cause { return "" }

// top reads the newest statuses. The place of an account is its id.
func (d *restListing) top(ctx context.Context, place string, known fetch.Validators) (topPage, error) {
	d.restart()
	if !isAPIID(place) {
		profile, err := d.lookup(ctx)
		if err != nil {
			return topPage{}, err
		}
		place, known = identifier(profile, "id"), fetch.Validators{}
	}
	return d.statuses(ctx, place, "", known)
}

func (d *restListing) page(ctx context.Context, cursor string) (backfill.Page, error) {
	account, maxID, found := strings.Cut(cursor, "/")
	if !found || !isAPIID(account) || !isAPIID(maxID) {
		return backfill.Page{}, d.bad("rest: %w", errCursor)
	}
	read, err := d.statuses(ctx, account, maxID, fetch.Validators{})
	return read.Page, err
}

// lookup finds the account, and makes sure that the API itself names the actor.
func (d *restListing) lookup(ctx context.Context) (loosejson.Node, error) {
	answer, err := d.get(ctx, d.url("/api/v1/accounts/lookup", url.Values{"acct": {d.user()}}), fetch.Validators{})
	if err != nil {
		return nil, within("rest", err)
	}
	profile, err := loosejson.Parse(answer.Body)
	if err != nil {
		return nil, d.bad("rest: the account: %w", err)
	}
	if !d.isAccount(profile) || !isAPIID(identifier(profile, "id")) {
		return nil, d.bad("rest: the account %.200q is not %s", profile.Text("url"), d.actor.URI)
	}
	return profile, nil
}

// isAPIID reports whether id can be that of an account or a status: a number in
// Mastodon; a ULID, UUID or FlakeID elsewhere.
func isAPIID(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
}

// isAccount reports whether an account of the API is the actor. Its "uri" came with
// Mastodon 4.2; without one, its "url" has to do (in Pleroma that is the actor,
// elsewhere the profile page).
func (d *restListing) isAccount(account loosejson.Node) bool {
	if uri := account.Text("uri"); uri != "" {
		return d.isActor(uri)
	}
	page := account.Text("url")
	return d.isActor(page) || page != "" && sameURI(page, d.actor.URL) && fediverse.HostOf(page) == d.host
}

// statuses reads those before maxID, or the newest ones.
func (d *restListing) statuses(ctx context.Context, account, maxID string, known fetch.Validators) (topPage, error) {
	if err := d.enter(d.host); err != nil {
		return topPage{}, err
	}
	query := url.Values{"limit": {restLimit}}
	if !d.boosts {
		query.Set("exclude_reblogs", "true")
	}
	cursor := ""
	if maxID != "" {
		query.Set("max_id", maxID)
		cursor = account + "/" + maxID
	}
	address := d.url("/api/v1/accounts/"+url.PathEscape(account)+"/statuses", query)
	return d.ask(ctx, "rest", address, known, func(answer *fetch.Document) (backfill.Page, string, error) {
		page, err := d.read(answer, account, cursor)
		return page, account, err
	})
}

// read reads the page of statuses at a cursor.
func (d *restListing) read(answer *fetch.Document, account, cursor string) (backfill.Page, error) {
	list, err := loosejson.ParseList(answer.Body, maxEntries)
	if err != nil {
		return backfill.Page{}, d.bad("rest: %w", err)
	}
	entries, last := make([]entry, 0, len(list)), ""
	for _, status := range list {
		entries = append(entries, d.entry(status, account))
		if id := identifier(status, "id"); isAPIID(id) {
			last = id
		}
	}
	next := ""
	if last != "" && goesOn(answer.Links) {
		next = account + "/" + last
	}
	return d.trail.page(cursor, next, entries), nil
}

// goesOn reports whether Link headers name a next page. Mastodon and its like send
// the header with every page that is not empty, and name a next one unless the page
// was short. Without any header, the next page is worth a try.
func goesOn(links []string) bool {
	return len(links) == 0 || len(httpheader.Links(links, "next")) > 0
}

func (d *restListing) entry(status loosejson.Node, account string) entry {
	e := entry{mark: status.Text("uri")}
	if !isID(e.mark) {
		e.mark = identifier(status, "id")
	}
	p := &fediverse.Post{
		URI: status.Text("uri"), URL: pageURL(status), Published: moment(status.Text("created_at")),
		Author: d.author(status.Object("account"), account), Visibility: restVisibility(status),
		Empty: isEmptyStatus(status), Replies: fediverse.Replies{Answered: answered(status.Count("replies_count"))},
	}
	if boosted := status.Object("reblog"); boosted != nil {
		p.Boost, p.URI, p.URL = true, boosted.Text("uri"), pageURL(boosted)
		p.Author = boosted.Object("account").Text("uri")
		p.Visibility = min(p.Visibility, restVisibility(boosted))
		p.Replies.Answered = answered(boosted.Count("replies_count"))
	}
	e.post = checked(p)
	return e
}

// author is the actor if the status is by the account that was asked for, and
// otherwise whoever the API names, who is then somebody else.
func (d *restListing) author(by loosejson.Node, account string) string {
	uri := by.Text("uri")
	if identifier(by, "id") == account && (uri == "" || d.isActor(uri)) {
		return d.actor.URI
	}
	return uri
}

// restVisibility reads a visibility. Every unknown one counts as private: Pleroma's
// local, and that of posts that glitch-soc and others do not federate.
func restVisibility(status loosejson.Node) fediverse.Visibility {
	if status.IsTrue("local_only") {
		return fediverse.Private
	}
	switch status.Text("visibility") {
	case "public":
		return fediverse.Public
	case "unlisted":
		return fediverse.Unlisted
	case "direct":
		return fediverse.Direct
	}
	return fediverse.Private
}

// profile fills in what the API shows of an account whose actor cannot be read:
// what the account says about itself, so that its wishes are known.
func (d *restListing) profile(ctx context.Context) (actor, error) {
	n, err := d.lookup(ctx)
	if err != nil {
		return actor{}, err
	}
	a := d.actor
	a.profiled = true
	a.Summary, a.URL, a.user, a.Fields = n.Text("note"), pageURL(n), n.Text("username"), nil
	for _, raw := range loosejson.AsList(n["fields"]) {
		field := loosejson.AsNode(raw)
		a.Fields = append(a.Fields, field.Text("name")+": "+field.Text("value"))
	}
	a.Indexable = n.Boolean("indexable")
	if noindex := n.Boolean("noindex"); a.Indexable == nil && noindex != nil && *noindex {
		indexable := false
		a.Indexable = &indexable
	}
	if n.IsTrue("suspended") {
		a.suspended = true
	}
	if moved := n.Object("moved"); moved != nil {
		if a.MovedTo = moved.Text("uri"); !isURI(a.MovedTo) {
			a.MovedTo = pageURL(moved)
		}
	}
	if a.URL == "" {
		a.URL = a.URI
	}
	return a, nil
}
