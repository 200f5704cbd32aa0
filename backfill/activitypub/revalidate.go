package activitypub

import (
	"context"
	"errors"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// TopIfChanged reads the top page. If the origin says that it is the page that a tag stands
// for, same is true, and the page has no posts. If the origin does not know what was
// remembered of the account any longer, the account is opened afresh.
func (l *listings) TopIfChanged(ctx context.Context, tag string) (page backfill.Page, same bool, err error) {
	if err := l.suspended(); err != nil {
		return page, false, err
	}
	page, same, err = l.top(ctx, tag)
	if !l.isRecalled || !isOutdated(err) {
		return page, same, err
	}
	if err := l.renew(ctx); err != nil {
		return backfill.Page{}, false, err
	}
	if err := l.suspended(); err != nil {
		return backfill.Page{}, false, err
	}
	return l.top(ctx, "")
}

// Revalidate makes sure that the actor is still as it is remembered. Of an actor that
// was read for this listing there is nothing to ask.
func (l *listings) Revalidate(ctx context.Context) (moved bool, err error) {
	if !l.isRecalled {
		return false, nil
	}
	known := l.outbox.actor
	found, err := l.reader.readActorAgain(ctx, known)
	switch {
	case isOutdated(err), err == nil && found.stripped:
		err = l.renewWithin(ctx)
	case err == nil:
		err = l.adopt(ctx, found)
	}
	if err == nil {
		err = l.suspended()
	}
	return err == nil && l.outbox.actor.outbox != known.outbox, err
}

// adopt takes over what the actor says now.
func (l *listings) adopt(ctx context.Context, found actor) error {
	if found.outbox = secured(found.outbox); found.outbox == l.outbox.actor.outbox {
		found.detour = l.outbox.actor.detour
	}
	l.outbox.actor, l.isRecalled = found, false
	return l.reader.rememberActor(ctx, l.account, found, l.until)
}

// renew opens the account afresh.
func (l *listings) renew(ctx context.Context) error {
	l.reader.hosts.forget(fediverse.HostOf(l.outbox.actor.URI))
	fresh, err := l.reader.openAfresh(ctx, l.account)
	if err != nil {
		return l.reader.forgetActor(ctx, l.account, err)
	}
	*l = *fresh
	return nil
}

// renewWithin opens the account afresh within a walk, which goes on in its listing.
func (l *listings) renewWithin(ctx context.Context) error {
	source := l.current.source()
	if err := l.renew(ctx); err != nil || source == l.current.source() {
		return err
	}
	if err := l.checkDetour(); err != nil {
		return err
	}
	l.current = l.detour(source)
	return nil
}

func (l *listings) suspended() error {
	if l.outbox.actor.suspended {
		return l.outbox.fail(backfill.Suspended, "the account is suspended")
	}
	return nil
}

// isOutdated reports whether an error may mean that what was remembered no longer
// holds: the origin answers, but not with what was there.
func isOutdated(err error) bool {
	var refused *backfill.OriginError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Cause {
	case backfill.NotFound, backfill.Gone, backfill.NoOutbox, backfill.Malformed, backfill.NeedsSignature:
		return true
	}
	return false
}
