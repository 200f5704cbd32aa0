package activitypub

import (
	"context"
	"net/url"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/httpheader"
	"tootfill/backfill/loosejson"
)

// restListing lists by Mastodon's REST API, which is open to all unless the server
// says otherwise (Mastodon app/controllers/api/base_controller.rb,
// DISALLOW_UNAUTHENTICATED_API_ACCESS), and which much other software has too.
// A cursor is account id/max_id.
type restListing struct {
	site
	*trail
}

// restLimit is Mastodon's most (app/controllers/api/v1/accounts/statuses_controller.rb).
const restLimit = "40"

func (d *restListing) source() string { return ListingREST }

func (d *restListing) shortfall() backfill.Cause { return "" }

func (d *restListing) page(ctx context.Context, cursor string) (backfill.Page, error) {
	account, maxID, found := strings.Cut(cursor, "/")
	if cursor == "" {
		d.restart()
		profile, err := d.lookup(ctx)
		if err != nil {
			return backfill.Page{}, err
		}
		account = identifier(profile, "id")
	} else if !found || !isAPIID(account) || !isAPIID(maxID) {
		return backfill.Page{}, d.bad("rest: %w", errCursor)
	}
	if err := d.enter(d.host); err != nil {
		return backfill.Page{}, err
	}
	return d.statuses(ctx, account, maxID, cursor)
}

// lookup finds the account, which has to be the actor's by the API's own word.
func (d *restListing) lookup(ctx context.Context) (loosejson.Node, error) {
	answer, err := d.get(ctx, d.url("/api/v1/accounts/lookup", url.Values{"acct": {d.user()}}))
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

// isAPIID knows the ids of accounts and statuses: numbers in Mastodon, and
// otherwise ULID, UUID and FlakeID.
func isAPIID(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
}

// isAccount compares an account of the API with the actor. Its "uri" came with
// Mastodon 4.2; where there is none, the page must do (Pleroma names the actor
// there, others the profile page).
func (d *restListing) isAccount(account loosejson.Node) bool {
	if uri := account.Text("uri"); uri != "" {
		return d.isActor(uri)
	}
	page := account.Text("url")
	return d.isActor(page) || page != "" && sameURI(page, d.actor.URL) && fediverse.HostOf(page) == d.host
}

func (d *restListing) statuses(ctx context.Context, account, maxID, cursor string) (backfill.Page, error) {
	query := url.Values{"limit": {restLimit}}
	if !d.boosts {
		query.Set("exclude_reblogs", "true")
	}
	if maxID != "" {
		query.Set("max_id", maxID)
	}
	answer, err := d.get(ctx, d.url("/api/v1/accounts/"+url.PathEscape(account)+"/statuses", query))
	if err != nil {
		return backfill.Page{}, within("rest", err)
	}
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

// goesOn says whether Link headers name a next page. Mastodon and those like it
// send the header with every page that is not empty, and name a next one unless
// the page was short; where there is no header at all the next page is tried.
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
		Empty: isEmptyStatus(status),
	}
	if boosted := status.Object("reblog"); boosted != nil {
		p.Boost, p.URI, p.URL = true, boosted.Text("uri"), pageURL(boosted)
		p.Author = boosted.Object("account").Text("uri")
		p.Visibility = min(p.Visibility, restVisibility(boosted))
	}
	e.post = checked(p)
	return e
}

// author is the actor where the status is by the account that was asked for;
// otherwise who the API says it is, which is then not the account.
func (d *restListing) author(by loosejson.Node, account string) string {
	uri := by.Text("uri")
	if identifier(by, "id") == account && (uri == "" || d.isActor(uri)) {
		return d.actor.URI
	}
	return uri
}

// restVisibility reads a visibility, all unknown ones as private: Pleroma's
// local, and posts that glitch-soc and others do not federate.
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

// profile fills in what the API tells of an account whose actor cannot be
// read: what it says of itself, so that its wishes are known.
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
