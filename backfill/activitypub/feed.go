package activitypub

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
)

// feedListing lists from the account's Atom or RSS feed, which has only the latest
// public posts. It has one page.
type feedListing struct {
	site
	software string
}

func (d *feedListing) source() string { return ListingFeed }

func (d *feedListing) shortfall() backfill.Cause { return backfill.Capped }

func (d *feedListing) page(ctx context.Context, cursor string) (backfill.Page, error) {
	if cursor != "" {
		return backfill.Page{}, d.bad("feed: %w", errCursor)
	}
	err := d.bad("feed: %q is not known to have any", d.software)
	for _, path := range d.paths() {
		var answer *fetch.Document
		answer, err = d.client.Get(ctx, fetch.Request{URL: d.url(path, nil), Kind: fetch.Feed, Port: d.actor.port})
		var refused *backfill.OriginError
		if errors.As(err, &refused) {
			err = within("feed", err)
			continue
		}
		if err != nil {
			return backfill.Page{}, err
		}
		return d.read(ctx, answer.Body)
	}
	return backfill.Page{}, err
}

// paths are where the software keeps the feed of an account.
func (d *feedListing) paths() []string {
	user := url.PathEscape(d.user())
	switch d.software {
	case "mastodon", "hometown":
		return []string{"/@" + user + ".rss"}
	case "gotosocial":
		return []string{"/@" + user + "/feed.rss"}
	case "misskey", "sharkey", "firefish", "calckey", "foundkey", "cherrypick", "iceshrimp":
		return []string{"/@" + user + ".atom"}
	case "pixelfed":
		return []string{"/users/" + user + ".atom"}
	case "friendica":
		return []string{"/feed/" + user}
	case "takahe":
		return []string{"/@" + user + "/rss/"}
	case "wordpress":
		return []string{"/author/" + user + "/feed/"}
	case "writefreely":
		return []string{"/" + user + "/feed/"}
	case "bookwyrm":
		return []string{"/user/" + user + "/rss"}
	case "honk":
		return []string{"/u/" + user + "/rss"}
	case "snac", "snac2":
		return []string{"/" + user + ".rss"}
	case "ghost":
		return []string{"/rss/"}
	case "pleroma", "akkoma":
		return []string{"/users/" + user + "/feed.atom", "/users/" + user + "/feed.rss"}
	}
	return nil
}

// read makes a page of a feed.
func (d *feedListing) read(ctx context.Context, body []byte) (backfill.Page, error) {
	items, err := parseFeed(body)
	if err != nil {
		return backfill.Page{}, d.bad("feed: %w", err)
	}
	uriOf, err := d.rule(ctx, items)
	if err != nil {
		return backfill.Page{}, err
	}
	page := backfill.Page{Items: len(items)}
	for _, item := range items {
		p := checked(&fediverse.Post{
			URI: uriOf(item), URL: item.link, Published: item.published, Author: d.actor.URI, Visibility: fediverse.Public,
		})
		if p == nil {
			continue
		}
		if !isURI(p.URL) {
			p.URL = p.URI
		}
		page.Posts, page.Marks = append(page.Posts, *p), append(page.Marks, p.URI)
	}
	return page, nil
}

// rule finds out how to derive the ids of posts from the feed: either the software
// is known, or the first post is read as an ActivityPub object.
func (d *feedListing) rule(ctx context.Context, items []feedItem) (func(feedItem) string, error) {
	byID := func(i feedItem) string { return i.id }
	byLink := func(i feedItem) string { return i.link }
	switch d.software {
	case "mastodon", "hometown", "gotosocial":
		return d.behindPage, nil
	}
	if len(items) == 0 {
		return byID, nil
	}
	first := items[0].link
	if first == "" {
		first = items[0].id
	}
	if !isURI(first) || fediverse.HostOf(first) != d.host {
		return nil, d.bad("feed: the post %.200q is on another host", first)
	}
	id, err := d.objectID(ctx, first)
	switch {
	case err != nil:
		return nil, within("feed", err)
	case id == items[0].id:
		return byID, nil
	case id == items[0].link:
		return byLink, nil
	}
	return nil, d.bad("feed: it does not give the ids of the posts")
}

// behindPage turns the page of a post into its id: /@alice/1 (Mastodon) and
// /@alice/statuses/1 (GoToSocial) both belong to ACTOR/statuses/1.
func (d *feedListing) behindPage(i feedItem) string {
	id, found := strings.CutPrefix(i.link, d.url("/@"+d.user()+"/", nil))
	id = strings.TrimPrefix(id, "statuses/")
	if !found || id == "" || strings.ContainsAny(id, "/?#") {
		return ""
	}
	return d.actor.URI + "/statuses/" + id
}
