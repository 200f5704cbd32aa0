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
	// latest is the page that was read last.
	latest visit
}

// visit is a page that was read: its address, and the validators that came with it.
type visit struct {
	address    string
	validators fetch.Validators
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

// page reads a page below the top. The end is a page without a next one, one whose
// next page has been read in this walk, or the third in a row that brings nothing new.
func (o *outbox) page(ctx context.Context, cursor string) (backfill.Page, error) {
	if cursor == "" {
		page, _, err := o.top(ctx, topTag{})
		return page, err
	}
	page, _, err := o.read(ctx, cursor, fetch.Validators{})
	return page, err
}

// top begins a new walk with the first page: what the outbox itself holds, or the
// page that it names as its first. If that is still the page that t stands for, same
// is true, and the page has no posts.
func (o *outbox) top(ctx context.Context, t topTag) (page backfill.Page, same bool, err error) {
	if o.actor.outbox == "" {
		if o.actor.stripped {
			return page, false, o.fail(backfill.NeedsSignature, "the actor is shown without its outbox to unsigned requests")
		}
		return page, false, o.fail(backfill.NoOutbox, "the actor names no outbox")
	}
	if o.startOver(); t.isSteady() {
		page, same, err = o.topAt(ctx, t.Address, t)
		if !isOutdated(err) {
			o.total = t.Total
			return o.ended(page, same, err)
		}
		o.startOver()
	}
	return o.ended(o.root(ctx, t))
}

func (o *outbox) startOver() {
	o.restart()
	o.bottom, o.hidden, o.inline, o.single, o.total = time.Time{}, false, false, 0, -1
}

// ended notes whether the top page is all that there is.
func (o *outbox) ended(page backfill.Page, same bool, err error) (backfill.Page, bool, error) {
	if err == nil && !same && page.Next == "" {
		o.single = page.Items
	}
	return page, same, err
}

// root reads the outbox itself, and its first page.
func (o *outbox) root(ctx context.Context, t topTag) (page backfill.Page, same bool, err error) {
	known := fetch.Validators{}
	if t.Inline {
		known = t.known(o.actor.outbox)
	}
	root, err := o.get(ctx, o.actor.outbox, known)
	if err != nil {
		return page, false, o.closed(err)
	}
	if root.notModified {
		return o.unchanged(t), true, nil
	}
	o.total = root.total
	switch {
	case len(root.entries) > 0 || root.first == "" && (root.listed || root.next != ""):
		o.inline, o.latest = true, visit{address: o.actor.outbox, validators: root.validators}
		page, err = o.pageOf(o.actor.outbox, root)
		return page, false, err
	case root.first != "":
		o.pages.add(o.actor.outbox)
		page, same, err = o.topAt(ctx, root.first, t)
		o.total = root.total
		return page, same, o.closed(err)
	case root.total == 0: // PeerTube names no first page when there is none
		return page, false, nil
	case root.stub:
		o.hidden = true
		return page, false, nil
	}
	return page, false, o.fail(backfill.NoOutbox, "the outbox holds no list")
}

// topAt reads the first page at its own address.
func (o *outbox) topAt(ctx context.Context, address string, t topTag) (page backfill.Page, same bool, err error) {
	page, same, err = o.read(ctx, address, t.known(address))
	if same {
		return o.unchanged(t), true, nil
	}
	return page, false, err
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

// read reads the page at an address that the origin has given, now or in an earlier
// run, unless it is the same as the known one.
func (o *outbox) read(ctx context.Context, address string, known fetch.Validators) (page backfill.Page, same bool, err error) {
	address = secured(address)
	if err := o.check(address); err != nil {
		return page, false, err
	}
	if err := o.enter(fediverse.HostOf(o.actor.outbox)); err != nil {
		return page, false, err
	}
	c, err := o.get(ctx, address, known)
	if err != nil {
		if o.trail.read > 0 && onWordPress(address) && hasStatus(err, http.StatusBadRequest) {
			return page, false, nil // its answer to a page past the end
		}
		return page, false, err
	}
	if c.notModified {
		return page, true, nil
	}
	if !c.listed && !c.isPage && c.next == "" {
		return page, false, malformed(address, errors.New("outbox: the page is not a page of a collection"))
	}
	o.latest = visit{address: address, validators: c.validators}
	page, err = o.pageOf(address, c)
	return page, false, err
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

func (o *outbox) get(ctx context.Context, address string, known fetch.Validators) (collection, error) {
	d, err := o.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.CollectionPage, Port: o.actor.port, Known: known})
	switch {
	case err != nil:
		return collection{}, within("outbox", err)
	case d.NotModified:
		return collection{notModified: true}, nil
	}
	// What another host says about a post proves nothing, nor does a document that
	// somebody may have uploaded: home has to read the post itself.
	keep := o.keep && fediverse.HostOf(d.URL) == fediverse.HostOf(o.actor.URI) && d.ContentType.IsActivityStreams()
	c, err := parseCollection(d.Body, reading{owner: o.actor, keep: keep})
	if err != nil {
		return collection{}, malformed(d.URL, fmt.Errorf("outbox: %w", err))
	}
	c.first, c.next, c.validators = secured(c.first), secured(c.next), d.Validators
	return c, nil
}
