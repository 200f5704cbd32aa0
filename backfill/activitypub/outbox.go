package activitypub

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"tootfill/backfill"
	"tootfill/backfill/fetch"
)

const (
	// source is the name of this kind of listing.
	source = "outbox"
	// maxStale is how many pages in a row may bring nothing new before the
	// walk ends. WriteFreely names a next page for ever.
	maxStale = 3
	// maxMemory is how many entries and pages a walk remembers at least.
	maxMemory = 50000
)

// outbox lists an account's posts by its outbox. A cursor is the address of a
// page.
type outbox struct {
	client *fetch.Client
	actor  actor
	// pages and marks are what this walk has seen of late.
	pages, marks *recent
	// stale counts the pages since the last one that had something new.
	stale int
	// entries counts what this walk has read.
	entries int
	// total is what the outbox claims to hold; -1 if it claims nothing.
	total int
}

func newOutbox(client *fetch.Client, a actor) *outbox {
	return &outbox{client: client, actor: a, pages: newRecent(maxMemory), marks: newRecent(maxMemory), total: -1}
}

// Actor is the account as its origin describes it.
func (o *outbox) Actor() backfill.Actor { return o.actor.Actor }

// Source is "outbox".
func (o *outbox) Source() string { return source }

// Shortfall says that the outbox was empty although it claims to hold something,
// or at all.
func (o *outbox) Shortfall() backfill.Cause {
	switch {
	case o.entries > 0:
		return ""
	case o.total > 0:
		return backfill.Hidden
	}
	return backfill.Empty
}

// Page reads a page. The first one is what the outbox itself holds, or the page
// that it names as its first; to read it begins a new walk. The end is a page
// without a next one, one whose next page has been read in this walk, or the
// third in a row which brings nothing new.
func (o *outbox) Page(ctx context.Context, cursor string) (backfill.Page, error) {
	if cursor != "" {
		return o.read(ctx, cursor)
	}
	return o.top(ctx)
}

func (o *outbox) top(ctx context.Context) (backfill.Page, error) {
	if o.actor.outbox == "" {
		return backfill.Page{}, o.noList("the actor names no outbox")
	}
	o.pages, o.marks, o.stale = newRecent(maxMemory), newRecent(maxMemory), 0
	root, err := o.get(ctx, o.actor.outbox)
	if err != nil {
		return backfill.Page{}, err
	}
	o.total = root.total
	switch {
	case len(root.entries) > 0 || root.first == "" && (root.listed || root.next != ""):
		return o.page(o.actor.outbox, root), nil
	case root.first != "":
		o.pages.add(o.actor.outbox)
		return o.read(ctx, root.first)
	case root.total == 0: // PeerTube names no first page when there is none
		return backfill.Page{}, nil
	}
	return backfill.Page{}, o.noList("the outbox holds no list")
}

func (o *outbox) noList(why string) error {
	return &backfill.OriginError{Host: hostOf(o.actor.URI), Cause: backfill.NoOutbox, Err: errors.New(why)}
}

// read reads the page at an address that the origin has given, now or in an
// earlier run.
func (o *outbox) read(ctx context.Context, address string) (backfill.Page, error) {
	if err := o.check(address); err != nil {
		return backfill.Page{}, err
	}
	c, err := o.get(ctx, address)
	if err != nil {
		return backfill.Page{}, err
	}
	if !c.listed && !c.isPage && c.next == "" {
		return backfill.Page{}, malformed(address, errors.New("outbox: the page is not a page of a collection"))
	}
	return o.page(address, c), nil
}

// check lets only addresses pass that are on the outbox's own host. That host
// need not be the actor's (micro.blog).
func (o *outbox) check(address string) error {
	host := hostOf(o.actor.outbox)
	refuse := func(cause backfill.Cause, why string) error {
		return &backfill.OriginError{Host: host, Cause: cause, Err: fmt.Errorf("outbox: the next page %.200q %s", address, why)}
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || !isURI(address):
		return refuse(backfill.Malformed, "is not a URL")
	case u.Scheme != "https":
		return refuse(backfill.Forbidden, "is not an https URL")
	case asHost(u.Host) != host:
		return refuse(backfill.Forbidden, "is on another host")
	}
	return nil
}

func (o *outbox) get(ctx context.Context, address string) (collection, error) {
	d, err := o.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.CollectionPage, Port: o.actor.port})
	if err != nil {
		return collection{}, within("outbox", err)
	}
	c, err := parseCollection(d.Body, o.actor)
	if err != nil {
		return collection{}, malformed(d.URL, fmt.Errorf("outbox: %w", err))
	}
	return c, nil
}

// page makes a page of the collection that was read at an address, and notes
// what was seen.
func (o *outbox) page(address string, c collection) backfill.Page {
	o.entries += len(c.entries)
	p := backfill.Page{Items: len(c.entries), Next: c.next}
	fresh := false
	for _, e := range c.entries {
		if e.post != nil {
			p.Posts = append(p.Posts, *e.post)
		}
		if e.mark != "" {
			p.Marks = append(p.Marks, e.mark)
			fresh = o.marks.add(e.mark) || fresh
		}
	}
	o.pages.add(address)
	o.stale++
	if fresh {
		o.stale = 0
	}
	if o.stale >= maxStale || o.pages.has(p.Next) {
		p.Next = ""
	}
	return p
}
