package activitypub

import (
	"context"
	"errors"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// elsewhere is the cursor after an outbox that ends before the posts do: the top of
// another listing comes next. It is never an address.
const elsewhere = "elsewhere:"

// listings lists the posts of an account from what its origin offers: the outbox
// or, if that is closed, empty, capped or broken, another listing. The outbox comes
// first although Mastodon's REST API needs half the requests: everybody may read
// it, and a walk that resumes an earlier one has to read the same listing.
type listings struct {
	reader  *Reader
	account fediverse.Account
	outbox  *outbox
	current listing
	// shut is why the outbox could not be read, if so.
	shut error
	// isRecalled says that what is known of the actor was found out by an earlier run.
	// It has to be found out afresh at the time until.
	isRecalled bool
	until      time.Time
	// runs is what the origin says it runs, once it has been asked, and software is
	// its name in lower case.
	runs     fediverse.Software
	software string
	asked    bool
	// describes says that what the origin runs is asked whatever is remembered.
	describes bool
	// capped says that the outbox has only the latest posts.
	capped bool
}

func (r *Reader) newListings(of fediverse.Account, a actor) *listings {
	l := &listings{reader: r, account: of, outbox: r.newOutbox(a)}
	l.current = l.first()
	return l
}

// first is the listing that is tried first.
func (l *listings) first() listing {
	if d := l.detour(l.reader.options.Listing); d != nil {
		return d
	}
	return l.outbox
}

func (l *listings) isAuto() bool {
	return l.reader.options.Listing == "" || l.reader.options.Listing == ListingAuto
}

// Actor is the account as its origin describes it.
func (l *listings) Actor() fediverse.Actor { return l.outbox.actor.Actor }

// Source is the name of the listing that had the last page.
func (l *listings) Source() string { return l.current.source() }

// ReadPost reads the object of a bare post.
func (l *listings) ReadPost(ctx context.Context, p fediverse.Post) (fediverse.Post, error) {
	return l.reader.readPost(ctx, l.outbox.actor, p)
}

// Shortfall says why what was listed may not be all.
func (l *listings) Shortfall() backfill.Cause {
	cause := l.current.shortfall()
	switch {
	case l.current == l.outbox && l.capped:
		return backfill.Capped
	case cause == backfill.Empty && l.outbox.actor.MovedTo != "":
		return backfill.Moved
	}
	return cause
}

// Page reads a page; the top from the first listing that has one.
func (l *listings) Page(ctx context.Context, cursor string) (backfill.Page, error) {
	if err := l.suspended(); err != nil {
		return backfill.Page{}, err
	}
	if cursor == "" {
		page, _, err := l.top(ctx, "")
		return page, err
	}
	if strings.HasPrefix(cursor, elsewhere) {
		l.capped = true
		page, _, err := l.firstWithPosts(ctx, l.wholeListings(ctx))
		return page, err
	}
	page, err := l.current.page(ctx, cursor)
	switch {
	case err == nil:
		return l.goOn(ctx, page)
	case l.breaksOff(ctx, err):
		return l.instead(ctx, page, broken(l.outbox, err), l.wholeListings(ctx))
	}
	return page, err
}

// top reads the first page of the first listing that has one. If it is the page that
// a tag stands for, same is true, and the page has no posts.
func (l *listings) top(ctx context.Context, tag string) (page backfill.Page, same bool, err error) {
	known := l.detourTagOf(tag)
	if l.current, l.capped = l.first(), false; l.current != l.outbox || known.Listing != "" {
		page, same, err = l.topAgain(ctx, known)
		if l.current != l.outbox {
			return page, same, err
		}
	}
	page, same, err = l.outboxTop(ctx, l.outbox.tagOf(tag))
	if err != nil || isShut(l.shut) {
		return page, same, err
	}
	return page, same, l.keepDetour(ctx)
}

// outboxTop reads the top of the outbox, or of what is listed in its place.
func (l *listings) outboxTop(ctx context.Context, known topTag) (page backfill.Page, same bool, err error) {
	page, same, err = l.outbox.top(ctx, known)
	l.shut = err
	switch {
	case err != nil:
		page, err = l.aroundClosed(ctx, broken(l.outbox, err))
	case same:
		l.capped, page.Tag = known.Capped, known.String()
	case page.Items == 0 && page.Next == "" && l.isAuto():
		page, err = l.insteadOfEmpty(ctx, page)
	default:
		page, err = l.goOn(ctx, page)
		page.Tag = l.outbox.tag(page, l.capped)
	}
	return page, same, err
}

// insteadOfEmpty reads the top of another listing if an empty outbox may not be all.
func (l *listings) insteadOfEmpty(ctx context.Context, page backfill.Page) (backfill.Page, error) {
	if err := l.askSoftware(ctx); err != nil {
		return page, err
	}
	if trust(l.software) {
		return page, nil
	}
	return l.instead(ctx, page, nil, listingsOf(l.software))
}

// goOn continues after the end of an outbox that has only the latest posts with a
// listing that has all.
func (l *listings) goOn(ctx context.Context, page backfill.Page) (backfill.Page, error) {
	if l.current != l.outbox || page.Next != "" {
		return page, nil
	}
	capped, err := l.isCapped(ctx)
	if err != nil {
		return backfill.Page{}, err
	}
	if l.capped = capped; capped && len(l.wholeListings(ctx)) > 0 {
		page.Next = elsewhere
	}
	return page, nil
}

// leastCap is the lowest number of posts to which any software limits its outboxes:
// Takahe's 10.
const leastCap = 10

// isCapped judges an outbox that has come to its end. WordPress counts all posts but
// lists those of the last 180 days (class-outbox-controller.php). Friendica ends its
// list at the first page from which an entry was dropped
// (src/Protocol/ActivityPub/ClientToServer.php). Others have one page, mostly with a
// round number of entries, or hold all that they count in themselves; only for these
// is the origin asked what it runs.
func (l *listings) isCapped(ctx context.Context) (bool, error) {
	o := l.outbox
	if onWordPress(o.actor.outbox) {
		return o.total > o.items, nil
	}
	if o.total > o.items && likeFriendica(o.actor.outbox) {
		if err := l.askSoftware(ctx); err != nil {
			return false, err
		}
		return l.software == "friendica", nil
	}
	whole := o.inline && o.total == o.single && o.single >= leastCap
	if o.single == 0 || o.single%10 != 0 && !whole {
		return false, nil
	}
	if err := l.askSoftware(ctx); err != nil {
		return false, err
	}
	return caps(l.software), nil
}

// askSoftware asks once what the origin runs. That it stays unknown is not an error.
func (l *listings) askSoftware(ctx context.Context) error {
	if l.asked {
		return nil
	}
	ask := l.reader.software
	if l.describes {
		ask = l.reader.softwareNow
	}
	runs, err := ask(ctx, fediverse.HostOf(l.outbox.actor.URI), l.outbox.actor.port)
	var refused *backfill.OriginError
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	l.runs = runs
	if l.software, l.asked = strings.ToLower(runs.Name), true; runs.Name == "" && onWordPress(l.outbox.actor.outbox) {
		l.software = "wordpress"
	}
	return nil
}
