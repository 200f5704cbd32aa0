package activitypub

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"tootfill/backfill"
	"tootfill/backfill/fetch"
)

var (
	_ backfill.Origin  = (*Reader)(nil)
	_ backfill.Listing = (*outbox)(nil)
)

// Options are what a [Reader] needs.
type Options struct {
	Client *fetch.Client
	// Clock is for listings that depend on the time of day. The outbox is none
	// of them: all waiting is done by the client.
	Clock backfill.Clock
}

// Reader reads origins. It may be used by several goroutines at once.
type Reader struct {
	client *fetch.Client
}

// New makes a reader.
func New(o Options) *Reader { return &Reader{client: o.Client} }

// Open finds the account on its origin: it asks WebFinger for the actor and
// reads that. Where WebFinger fails, the URI that home knows is used. The
// listing is not safe for use by several goroutines at once. Errors are
// *[backfill.OriginError], *[backfill.PausedError] or the context's.
func (r *Reader) Open(ctx context.Context, a backfill.Account) (backfill.Listing, error) {
	who, err := r.identify(ctx, a)
	if err != nil {
		return nil, err
	}
	o, err := r.open(ctx, a, who)
	if err != nil {
		return nil, err
	}
	return o, nil
}

// open reads the actor of an account that has been identified.
func (r *Reader) open(ctx context.Context, a backfill.Account, who identity) (*outbox, error) {
	actor, err := r.readActor(ctx, who.actor, who.port)
	if err != nil {
		return nil, err
	}
	if a.URI != "" && !sameURI(actor.URI, a.URI) {
		err := fmt.Errorf("WebFinger leads to %q, but home knows the account as %q", actor.URI, a.URI)
		return nil, malformed(actor.URI, err)
	}
	actor.Handle = who.handle
	return newOutbox(r.client, actor), nil
}

// identity is what is known of an account before its actor is read.
type identity struct {
	handle backfill.Handle
	// actor is the URI of the actor.
	actor string
	// port is a port that the actor may be read from besides 443.
	port int
}

// identify finds the actor of an account.
func (r *Reader) identify(ctx context.Context, a backfill.Account) (identity, error) {
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

// malformed is the error of a document at an address.
func malformed(address string, err error) error {
	return &backfill.OriginError{Host: hostOf(address), Cause: backfill.Malformed, Err: err}
}

// within says which document an error is about and leaves its kind alone.
func within(what string, err error) error {
	var refused *backfill.OriginError
	if errors.As(err, &refused) {
		return &backfill.OriginError{Host: refused.Host, Cause: refused.Cause, Err: fmt.Errorf("%s: %w", what, refused.Err)}
	}
	return err
}

// hostOf is the host of a URL, with the port if it names one.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return asHost(u.Host)
}
