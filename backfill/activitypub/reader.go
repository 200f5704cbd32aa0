package activitypub

import (
	"context"
	"errors"
	"fmt"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
)

var (
	_ backfill.Origin  = (*Reader)(nil)
	_ backfill.Listing = (*listings)(nil)
)

// Options are what a [Reader] needs. Only Client is required.
type Options struct {
	Client *fetch.Client
	// Clock says for how long something is remembered. All waiting is done by the
	// client. Default: the machine's clock.
	Clock backfill.Clock
	// Listing is the one kind of listing to use, or auto; see [Listings].
	Listing string
	// Boosts says that boosts are wanted. The outbox always has them.
	Boosts bool
	// RestOnSecureOrigins allows listings other than the outbox on origins that
	// answer ActivityPub requests only if they are signed.
	RestOnSecureOrigins bool
	// Memory keeps what is learnt of accounts and their servers between processes.
	// Default: every account is opened afresh.
	Memory backfill.Memory
	// Objects says to keep the objects of posts; see [fediverse.Post].
	Objects bool
	// MaxPages and MaxItems bound one walk. Default: 10,000 and 1,000,000.
	MaxPages, MaxItems int
}

// Reader reads origins. It may be used by several goroutines at once.
type Reader struct {
	client  *fetch.Client
	options Options
	hosts   *softwareMemory
}

// New makes a reader.
func New(o Options) *Reader {
	if o.MaxPages <= 0 {
		o.MaxPages = defaultMaxPages
	}
	if o.MaxItems <= 0 {
		o.MaxItems = defaultMaxItems
	}
	if o.Clock == nil {
		o.Clock = backfill.SystemClock{}
	}
	return &Reader{client: o.Client, options: o, hosts: new(softwareMemory)}
}

// By is a reader that uses one kind of listing, or auto, and shares everything else
// with r.
func (r *Reader) By(listing string) *Reader {
	by := *r
	by.options.Listing = listing
	return &by
}

// Open opens an account by what is remembered of it, without asking anybody, or else
// as Reopen does. An error of the memory is another error.
func (r *Reader) Open(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	found, until, err := r.recallActor(ctx, a)
	switch {
	case err != nil:
		return nil, err
	case found.URI == "":
		return r.Reopen(ctx, a)
	}
	if err := CheckListing(r.options.Listing); err != nil {
		return nil, err
	}
	l := r.newListings(a, found)
	l.isRecalled, l.until = true, until
	l.current = l.expected()
	return l, nil
}

// Reopen finds the account on its origin: it asks WebFinger for the actor, reads the
// actor, and checks that the actor's own handle leads back to it. If WebFinger
// fails, it uses the URI that home knows. The listing is not safe for use by several
// goroutines at once. Errors are *[backfill.OriginError], *[backfill.PausedError] or
// the context's; an unknown Options.Listing is another error.
func (r *Reader) Reopen(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	if err := CheckListing(r.options.Listing); err != nil {
		return nil, err
	}
	l, err := r.openAfresh(ctx, a)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// openAfresh opens an account and remembers what it has learnt of it.
func (r *Reader) openAfresh(ctx context.Context, a fediverse.Account) (*listings, error) {
	who, err := r.identify(ctx, a)
	if err != nil {
		return nil, err
	}
	l, err := r.open(ctx, a, who)
	if err != nil {
		return nil, err
	}
	l.until = r.options.Clock.Now().Add(factMemory)
	return l, r.rememberActor(ctx, a, l.outbox.actor, l.until)
}

// open reads the actor of an account that has been identified.
func (r *Reader) open(ctx context.Context, a fediverse.Account, who identity) (*listings, error) {
	found, err := r.readActor(ctx, who.actor, who.port)
	closed := isClosed(err) || err == nil && found.stripped
	switch {
	case closed && r.options.RestOnSecureOrigins:
		if err != nil {
			found = actor{Actor: fediverse.Actor{URI: who.actor, URL: who.actor}, port: who.port, stripped: true}
		}
		if found, err = r.readProfile(ctx, who, found, err); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	}
	if a.URI != "" && !sameURI(found.URI, a.URI) {
		err := fmt.Errorf("WebFinger leads to %q, but home knows the account as %q", found.URI, a.URI)
		return nil, malformed(found.URI, err)
	}
	if err := r.confirm(ctx, a, who, found); err != nil {
		return nil, err
	}
	found.Handle = who.handle
	return r.newListings(a, found), nil
}

// readProfile fills in from Mastodon's REST API what an actor shows only to signed
// requests: above all whether the account has opted out. refusal is the answer to
// the request for the actor, nil if part of the actor came; it stands if the API
// says nothing.
func (r *Reader) readProfile(ctx context.Context, who identity, a actor, refusal error) (actor, error) {
	a.Handle = who.handle
	d := &restListing{site: site{client: r.client, actor: a, host: fediverse.HostOf(a.URI)}, trail: r.newTrail()}
	found, err := d.profile(ctx)
	var refused *backfill.OriginError
	switch {
	case err == nil:
		return found, nil
	case errors.As(err, &refused):
		return a, refusal
	}
	return actor{}, err
}

// identity is what is known about an account before its actor is read.
type identity struct {
	handle fediverse.Handle
	// actor is the URI of the actor.
	actor string
	// port is a port besides 443 from which the actor may be read.
	port int
	// asked maps each handle that WebFinger was asked for to the actors that it
	// named; nil if WebFinger failed.
	asked map[fediverse.Handle][]string
}

// identify finds the actor of an account.
func (r *Reader) identify(ctx context.Context, a fediverse.Account) (identity, error) {
	found, err := r.finger(ctx, a)
	if err == nil {
		if port := portOf(a.URI); port != 0 {
			found.port = port
		}
		return found, nil
	}
	if ctx.Err() != nil {
		return identity{}, ctx.Err()
	}
	if a.URI == "" {
		return identity{}, err
	}
	return identity{handle: a.Handle, actor: a.URI, port: portOf(a.URI)}, nil
}

// malformed is the error for a malformed document at an address.
func malformed(address string, err error) error {
	return &backfill.OriginError{Host: fediverse.HostOf(address), Cause: backfill.Malformed, Err: err}
}

// within adds to an error which document it is about, and leaves its kind alone.
func within(what string, err error) error {
	var refused *backfill.OriginError
	if errors.As(err, &refused) {
		return &backfill.OriginError{Host: refused.Host, Cause: refused.Cause, Err: fmt.Errorf("%s: %w", what, refused.Err), Down: refused.Down}
	}
	return err
}
