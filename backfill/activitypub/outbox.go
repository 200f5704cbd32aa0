package activitypub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
)

// outbox lists an account's posts by its outbox. A cursor is the address of a
// page.
type outbox struct {
	*trail
	client *fetch.Client
	actor  actor
	keep   bool
	// total is how many entries the outbox claims to hold; -1 if it claims nothing.
	total int
	// hidden says that the outbox exists but shows nothing.
	hidden bool
	// single is how many entries the outbox has if it is one page; otherwise 0.
	single int
	// inline says that the outbox itself holds its entries, not pages of it.
	inline bool
	// bottom is the oldest date of the page read last; zero if it had none, or was
	// not newest first.
	bottom time.Time
}

func (r *Reader) newOutbox(a actor) *outbox {
	a.outbox = secured(a.outbox)
	return &outbox{trail: r.newTrail(), client: r.client, actor: a, keep: r.options.Objects, total: -1}
}

func (o *outbox) source() string { return ListingOutbox }

// shortfall says whether the outbox was empty although it claims to hold something,
// or empty at all.
func (o *outbox) shortfall() backfill.Cause {
	switch {
	case o.items > 0:
		return ""
	case o.total > 0, o.hidden:
		return backfill.Hidden
	}
	return backfill.Empty
}

// page reads a page. The first one is what the outbox itself holds, or the page that
// it names as its first; to read it begins a new walk. The end is a page without a
// next one, one whose next page has been read in this walk, or the third in a row
// that brings nothing new.
func (o *outbox) page(ctx context.Context, cursor string) (backfill.Page, error) {
	if cursor != "" {
		return o.read(ctx, cursor)
	}
	page, err := o.top(ctx)
	if o.single = 0; err == nil && page.Next == "" {
		o.single = page.Items
	}
	return page, err
}

func (o *outbox) top(ctx context.Context) (backfill.Page, error) {
	if o.actor.outbox == "" {
		if o.actor.stripped {
			return backfill.Page{}, o.fail(backfill.NeedsSignature, "the actor is shown without its outbox to unsigned requests")
		}
		return backfill.Page{}, o.fail(backfill.NoOutbox, "the actor names no outbox")
	}
	o.restart()
	o.bottom, o.hidden = time.Time{}, false
	root, err := o.get(ctx, o.actor.outbox)
	if err != nil {
		return backfill.Page{}, o.closed(err)
	}
	o.total, o.inline = root.total, false
	switch {
	case len(root.entries) > 0 || root.first == "" && (root.listed || root.next != ""):
		o.inline = true
		return o.pageOf(o.actor.outbox, root)
	case root.first != "":
		o.pages.add(o.actor.outbox)
		page, err := o.read(ctx, root.first)
		return page, o.closed(err)
	case root.total == 0: // PeerTube names no first page when there is none
		return backfill.Page{}, nil
	case root.stub:
		o.hidden = true
		return backfill.Page{}, nil
	}
	return backfill.Page{}, o.fail(backfill.NoOutbox, "the outbox holds no list")
}

// closed reports a missing outbox, or a missing first page, as missing and not as a
// missing account: the account itself has just been found.
func (o *outbox) closed(err error) error {
	var refused *backfill.OriginError
	if errors.As(err, &refused) && refused.Cause == backfill.NotFound {
		return &backfill.OriginError{Host: refused.Host, Cause: backfill.NoOutbox, Err: refused.Err}
	}
	return err
}

func (o *outbox) fail(cause backfill.Cause, why string) error {
	return &backfill.OriginError{Host: fediverse.HostOf(o.actor.URI), Cause: cause, Err: errors.New(why)}
}

// read reads the page at an address that the origin has given, now or in an
// earlier run.
func (o *outbox) read(ctx context.Context, address string) (backfill.Page, error) {
	address = secured(address)
	if err := o.check(address); err != nil {
		return backfill.Page{}, err
	}
	if err := o.enter(fediverse.HostOf(o.actor.outbox)); err != nil {
		return backfill.Page{}, err
	}
	c, err := o.get(ctx, address)
	if err != nil {
		if o.trail.read > 0 && onWordPress(address) && hasStatus(err, http.StatusBadRequest) {
			return backfill.Page{}, nil // its answer to a page past the end
		}
		return backfill.Page{}, err
	}
	if !c.listed && !c.isPage && c.next == "" {
		return backfill.Page{}, malformed(address, errors.New("outbox: the page is not a page of a collection"))
	}
	return o.pageOf(address, c)
}

// pageOf makes a page of a collection that was read, unless it is out of order.
func (o *outbox) pageOf(address string, c collection) (backfill.Page, error) {
	if isSwapped(address, o.bottom, c.entries) {
		return backfill.Page{}, &swappedError{address: address}
	}
	o.bottom = bottom(c.entries)
	page := o.trail.page(address, c.next, c.entries)
	page.Total = max(o.total, 0)
	return page, nil
}

// onWordPress recognises the addresses of the WordPress plugin, with or without
// permalinks.
func onWordPress(address string) bool {
	return strings.Contains(address, "/wp-json/activitypub/") || strings.Contains(address, "rest_route=")
}

// likeFriendica knows addresses such as those of Friendica's outboxes,
// https://host/outbox/NAME.
func likeFriendica(address string) bool {
	_, path, _ := strings.Cut(strings.TrimPrefix(address, "https://"), "/")
	return strings.HasPrefix(path, "outbox/")
}

// check accepts only addresses on the outbox's own host. That host need not be the
// actor's (micro.blog).
func (o *outbox) check(address string) error {
	host := fediverse.HostOf(o.actor.outbox)
	refuse := func(cause backfill.Cause, why string) error {
		return &backfill.OriginError{Host: host, Cause: cause, Err: fmt.Errorf("outbox: the next page %.200q %s", address, why)}
	}
	u, err := url.Parse(address)
	switch {
	case err == nil && u.User != nil:
		return refuse(backfill.Forbidden, "holds a user name")
	case err != nil || !isURI(address):
		return refuse(backfill.Malformed, "is not a URL")
	case u.Scheme != "https":
		return refuse(backfill.Forbidden, "is not an https URL")
	case fediverse.HostOf(address) != host:
		return refuse(backfill.Forbidden, "is on another host")
	}
	return nil
}

func (o *outbox) get(ctx context.Context, address string) (collection, error) {
	d, err := o.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.CollectionPage, Port: o.actor.port})
	if err != nil {
		return collection{}, within("outbox", err)
	}
	// What another host says about a post proves nothing, nor does a document that
	// somebody may have uploaded: home has to read the post itself.
	keep := o.keep && fediverse.HostOf(d.URL) == fediverse.HostOf(o.actor.URI) && d.ContentType.IsActivityStreams()
	c, err := parseCollection(d.Body, reading{owner: o.actor, keep: keep})
	if err != nil {
		return collection{}, malformed(d.URL, fmt.Errorf("outbox: %w", err))
	}
	c.first, c.next = secured(c.first), secured(c.next)
	return c, nil
}
