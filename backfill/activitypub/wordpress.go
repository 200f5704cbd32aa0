package activitypub

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/loosejson"
)

// wordpressListing lists posts through WordPress's own API (wp/v2/posts), which has
// them all, while the plugin's outbox forgets them after 180 days. A cursor is
// form/author/page.
type wordpressListing struct {
	site
	*trail
}

const wordpressPerPage = 100

// wordpressForm is the form of a site's ActivityPub ids: https://host/?p=ID for new
// posts, the permalink for older ones.
type wordpressForm string

const (
	formNumber    wordpressForm = "p"
	formPermalink wordpressForm = "link"
)

// wordpressActor finds the author's number in the id of one of the plugin's actors:
// https://host/?author=1 or .../activitypub/1.0/actors/1.
var wordpressActor = regexp.MustCompile(`(?:[?&]author=|/activitypub/1\.0/(?:actors|users)/)([1-9][0-9]*)$`)

func (d *wordpressListing) source() string { return ListingWordPress }

func (d *wordpressListing) shortfall() backfill.Cause { return "" }

// top reads the newest posts. The place of an author is form/author.
func (d *wordpressListing) top(ctx context.Context, place string, known fetch.Validators) (topPage, error) {
	d.restart()
	if err := d.enter(d.host); err != nil {
		return topPage{}, err
	}
	form, author, found := authorAt(place)
	if !found {
		known = fetch.Validators{}
		var err error
		if author, err = d.author(ctx); err != nil {
			return topPage{}, err
		}
	}
	return d.ask(ctx, "wordpress", d.postsAt(author, 1), known, func(answer *fetch.Document) (backfill.Page, string, error) {
		list, err := d.posts(answer)
		if err != nil || len(list) == 0 {
			return backfill.Page{}, "", err
		}
		if !found {
			if form, err = d.form(ctx, list[0]); err != nil {
				return backfill.Page{}, "", err
			}
		}
		return d.entries(list, form, author, 1), string(form) + "/" + author, nil
	})
}

func (d *wordpressListing) page(ctx context.Context, cursor string) (backfill.Page, error) {
	if err := d.enter(d.host); err != nil {
		return backfill.Page{}, err
	}
	at := strings.LastIndexByte(cursor, '/')
	form, author, found := authorAt(cursor[:max(at, 0)])
	number, err := strconv.Atoi(cursor[at+1:])
	if err != nil || number < 2 || !found {
		return backfill.Page{}, d.bad("wordpress: %w", errCursor)
	}
	read, err := d.ask(ctx, "wordpress", d.postsAt(author, number), fetch.Validators{}, func(answer *fetch.Document) (backfill.Page, string, error) {
		list, err := d.posts(answer)
		if err != nil {
			return backfill.Page{}, "", err
		}
		return d.entries(list, form, author, number), "", nil
	})
	if hasStatus(err, http.StatusBadRequest) { // its answer to a page past the end
		return d.entries(nil, form, author, number), nil
	}
	return read.Page, err
}

// authorAt reads a place.
func authorAt(place string) (form wordpressForm, author string, found bool) {
	before, author, _ := strings.Cut(place, "/")
	form = wordpressForm(before)
	return form, author, isAPIID(author) && (form == formNumber || form == formPermalink)
}

// author returns the account's number as an author of the site.
func (d *wordpressListing) author(ctx context.Context) (string, error) {
	if m := wordpressActor.FindStringSubmatch(d.actor.URI); m != nil {
		return m[1], nil
	}
	answer, err := d.get(ctx, d.url("/wp-json/wp/v2/users", url.Values{"slug": {d.user()}, "_fields": {"id,slug"}}), fetch.Validators{})
	if err != nil {
		return "", within("wordpress", err)
	}
	users, err := loosejson.ParseList(answer.Body, maxEntries)
	if err != nil {
		return "", d.bad("wordpress: the author: %w", err)
	}
	if len(users) != 1 || identifier(users[0], "id") == "" {
		return "", d.bad("wordpress: %q is not an author of the site", d.user())
	}
	return identifier(users[0], "id"), nil
}

// postsAt is the address of a page of an author's posts, counted from 1.
func (d *wordpressListing) postsAt(author string, page int) string {
	return d.url("/wp-json/wp/v2/posts", url.Values{
		"author": {author}, "per_page": {strconv.Itoa(wordpressPerPage)}, "page": {strconv.Itoa(page)},
		"_fields": {"id,link,date_gmt,author,status,content.protected"},
	})
}

func (d *wordpressListing) posts(answer *fetch.Document) ([]loosejson.Node, error) {
	list, err := loosejson.ParseList(answer.Body, maxEntries)
	if err != nil {
		return nil, d.bad("wordpress: %w", err)
	}
	return list, nil
}

// form reads one post as an ActivityPub object, to learn how the site writes its
// ids, and to check that the author's posts are the account's.
func (d *wordpressListing) form(ctx context.Context, first loosejson.Node) (wordpressForm, error) {
	link := first.Text("link")
	if fediverse.HostOf(link) != d.host {
		return "", d.bad("wordpress: the post %.200q is on another host", link)
	}
	id, err := d.objectID(ctx, link)
	if err != nil {
		return "", within("wordpress", err)
	}
	switch {
	case id == link:
		return formPermalink, nil
	case id == d.numbered(identifier(first, "id")):
		return formNumber, nil
	}
	return "", d.bad("wordpress: the post %.200q has an id that cannot be told from its number: %.200q", link, id)
}

func (d *wordpressListing) numbered(id string) string { return d.url("/", url.Values{"p": {id}}) }

func (d *wordpressListing) entries(list []loosejson.Node, form wordpressForm, author string, page int) backfill.Page {
	entries := make([]entry, 0, len(list))
	for _, n := range list {
		p := &fediverse.Post{URI: n.Text("link"), URL: n.Text("link"), Published: moment(n.Text("date_gmt")), Visibility: fediverse.Public}
		id := identifier(n, "id")
		if form == formNumber {
			p.URI = d.numbered(id)
		}
		if identifier(n, "author") == author {
			p.Author = d.actor.URI
		}
		if n.Text("status") != "publish" {
			p.Visibility = fediverse.Private
		}
		p.Empty = n.Object("content").IsTrue("protected")
		entries = append(entries, entry{mark: id, post: checked(p)})
	}
	next := ""
	if len(list) >= wordpressPerPage {
		next = string(form) + "/" + author + "/" + strconv.Itoa(page+1)
	}
	return d.trail.page(strconv.Itoa(page), next, entries)
}

// objectID reads the post at an address and returns its id, if the post is the
// account's.
func (s site) objectID(ctx context.Context, address string) (string, error) {
	d, err := s.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.Object, Port: s.actor.port})
	if err != nil {
		return "", err
	}
	n, err := loosejson.Parse(d.Body)
	if err != nil {
		return "", s.bad("the post at %.200q: %w", address, err)
	}
	if !n.Is(isPostType) || author(n, s.actor) != s.actor.URI {
		return "", s.bad("what is at %.200q is not a post of the account", address)
	}
	return n.Text("id"), nil
}
