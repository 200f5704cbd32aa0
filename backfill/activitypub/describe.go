package activitypub

import (
	"context"
	"errors"

	"tootfill/backfill"
)

// The values of [Description].Outbox that are not a [backfill.Cause].
const (
	// Readable: the first page of the outbox could be read.
	Readable = "readable"
	// Paused: the origin asks for a pause; Err says until when.
	Paused = "paused"
)

// Description is what an origin tells of itself and of an account.
type Description struct {
	// Actor is the account as the origin describes it; the zero Actor if it
	// could not be read.
	Actor backfill.Actor
	// Software and Version are what the origin runs, by its nodeinfo; empty if
	// it does not tell.
	Software, Version string
	// Count is how many entries the outbox is said to have, boosts and posts
	// that are not public included; -1 if that is not known.
	Count int
	// Outbox is Readable, Paused or the [backfill.Cause] for which the account
	// or its outbox can not be read; empty if the context ended before.
	Outbox string
	// Err is the error behind Outbox; nil if that is Readable.
	Err error
}

// Describe asks the origin of an account what it is and whether the account's
// outbox can be read.
func (r *Reader) Describe(ctx context.Context, a backfill.Account) Description {
	d := Description{Count: -1}
	host, port := a.Handle.Domain, domainPort(a.Handle.Domain)
	who, err := r.identify(ctx, a)
	if err == nil {
		host, port = hostOf(who.actor), who.port
		err = r.describeOutbox(ctx, a, who, &d)
	}
	d.Outbox, d.Err = outboxState(err), err
	// What a server runs is worth telling but not worth failing for.
	if name, version, err := r.software(ctx, host, port); err == nil {
		d.Software, d.Version = name, version
	}
	return d
}

func (r *Reader) describeOutbox(ctx context.Context, a backfill.Account, who identity, d *Description) error {
	o, err := r.open(ctx, a, who)
	if err != nil {
		return err
	}
	_, err = o.Page(ctx, "")
	d.Actor, d.Count = o.Actor(), o.total
	return err
}

func outboxState(err error) string {
	var refused *backfill.OriginError
	var paused *backfill.PausedError
	switch {
	case err == nil:
		return Readable
	case errors.As(err, &refused):
		return string(refused.Cause)
	case errors.As(err, &paused):
		return Paused
	}
	return ""
}
