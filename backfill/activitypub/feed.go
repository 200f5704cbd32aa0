package activitypub

import (
	"context"
	"errors"
	"net/url"
	"slices"
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

func (d *feedListing) page(context.Context, string) (backfill.Page, error) {
	return backfill.Page{}, d.bad("feed: %w", errCursor)
}

// top reads the feed. Its place is the rule for the ids of its posts, and its path.
func (d *feedListing) top(ctx context.Context, place string, known fetch.Validators) (topPage, error) {
	name, path, _ := strings.Cut(place, " ")
	rule, paths := feedRule(name), []string{path}
	if !rule.isKnown() || !slices.Contains(d.paths(), path) {
		rule, paths, known = "", d.paths(), fetch.Validators{}
	}
	path, answer, err := d.first(ctx, paths, known)
	if err != nil {
		return topPage{}, err
	}
	return topOf(answer, func(answer *fetch.Document) (backfill.Page, string, error) {
		items, err := parseFeed(answer.Body)
		if err != nil {
			return backfill.Page{}, "", d.bad("feed: %w", err)
		}
		if rule == "" {
			if rule, err = d.rule(ctx, items); err != nil {
				return backfill.Page{}, "", err
			}
		}
		return d.read(items, rule), string(rule) + " " + path, nil
	})
}

// first reads the feed at the first of the paths that has one.
func (d *feedListing) first(ctx context.Context, paths []string, known fetch.Validators) (path string, answer *fetch.Document, err error) {
	err = d.bad("feed: %q is not known to have any", d.software)
	for _, path = range paths {
		answer, err = d.client.Get(ctx, fetch.Request{URL: d.url(path, nil), Kind: fetch.Feed, Port: d.actor.port, Known: known})
		var refused *backfill.OriginError
		if !errors.As(err, &refused) {
			return path, answer, err
		}
		err = within("feed", err)
	}
	return "", nil, err
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
func (d *feedListing) read(items []feedItem, rule feedRule) backfill.Page {
	page := backfill.Page{Items: len(items)}
	for _, item := range items {
		p := checked(&fediverse.Post{
			URI: d.uriOf(item, rule), URL: item.link, Published: item.published, Author: d.actor.URI, Visibility: fediverse.Public,
		})
		if p == nil {
			continue
		}
		if !isURI(p.URL) {
			p.URL = p.URI
		}
		page.Posts, page.Marks = append(page.Posts, *p), append(page.Marks, p.URI)
	}
	return page
}

// feedRule says how the ids of posts are derived from a feed.
type feedRule string

const (
	byID   feedRule = "id"
	byLink feedRule = "link"
	byPage feedRule = "page"
)

func (r feedRule) isKnown() bool { return r == byID || r == byLink || r == byPage }

func (d *feedListing) uriOf(i feedItem, rule feedRule) string {
	switch rule {
	case byPage:
		return d.behindPage(i)
	case byLink:
		return i.link
	}
	return i.id
}

// rule finds out how to derive the ids of posts from the feed: either the software
// is known, or the first post is read as an ActivityPub object.
func (d *feedListing) rule(ctx context.Context, items []feedItem) (feedRule, error) {
	switch d.software {
	case "mastodon", "hometown", "gotosocial":
		return byPage, nil
	}
	if len(items) == 0 {
		return byID, nil
	}
	first := items[0].link
	if first == "" {
		first = items[0].id
	}
	if !isURI(first) || fediverse.HostOf(first) != d.host {
		return "", d.bad("feed: the post %.200q is on another host", first)
	}
	id, err := d.objectID(ctx, first)
	switch {
	case err != nil:
		return "", within("feed", err)
	case id == items[0].id:
		return byID, nil
	case id == items[0].link:
		return byLink, nil
	}
	return "", d.bad("feed: it does not give the ids of the posts")
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
