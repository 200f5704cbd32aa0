package backfill

import (
	"cmp"
	"errors"
	"fmt"
)

// concludePosts concludes the account's status from what came of its posts. err is
// what ended the walk or the delivery early.
func (r *accountRun) concludePosts(w *walk, err error) (verdict, error) {
	n, soon := r.tally.soFar(), r.s.now().Add(deferral)
	home, host := r.s.engine.Home, r.account.Handle.Domain
	switch {
	case errors.Is(err, ErrQueued):
		v := queued("its jobs are in the queue of " + home)
		v.hint = Say("a later run shows their outcome")
		return v.tryAgain(soon).stayOpen(), nil
	case errors.Is(err, ErrHopeless):
		hint := Say("later runs try again; if this persists, " + home + " may block it, or it may refuse " + home)
		if n.imported+n.held > 0 {
			hint = Say("later runs try the rest again")
		}
		return partial(host+" seems to limit "+home+", which answers without the posts", hint).tryAgain(soon).stayOpen(), nil
	case err != nil:
		return verdict{}, err
	case n.vain && n.failed > 0:
		return partial(n.failures.After("some posts failed"), Say("later runs try them again")), nil
	case n.vain && n.imported+n.held == 0:
		return partial(home+" accepted none of the posts", Say("it may block "+host+", or that server may refuse "+home)), nil
	case w.toItsEnd:
		return n.concludeListing(host, w.pages.listing), nil
	}
	return n.concludeDone(w.pages.listing), nil
}

// concludeListing is the verdict on a listing that was read to its end.
func (n counts) concludeListing(host string, l Listing) verdict {
	why := l.Shortfall()
	if n.listed > 0 && (why == Empty || why == Hidden || why == Moved) {
		why = "" // an earlier round has seen more
	}
	v := n.concludeDone(l)
	switch why {
	case Hidden:
		v = skipped(why, host+" does not list the account's posts", Say(hiddenHint))
	case Capped:
		nothing := v
		v = done(host+" lists only the latest posts", Say("older ones can be read on the profile page"))
		if n.eligible == 0 && len(n.skipped) > 0 {
			v = done(nothing.reason+"; "+v.reason, cmp.Or(nothing.hint, v.hint))
		}
	case Moved:
		v = skipped(why, "the account has moved to "+l.Actor().MovedTo, Say("backfill the new account"))
	case Suspended:
		v = skipped(why, host+" has suspended the account", Say(suspendedHint))
	case Empty:
		v = done(host+" lists no posts", Say("followers-only posts are never listed"))
	}
	v.cause = why
	return v
}

// concludeDone says why there was nothing to import, if there was nothing.
func (n counts) concludeDone(l Listing) verdict {
	switch {
	case n.eligible == 0:
		return done(nothingToImport(n.skipped, l.Actor().Group))
	case n.left > 0:
		return done(fmt.Sprintf("given up after too many failed tries: %d", n.left), Hint{Kind: RetryLeft})
	}
	return done("", Hint{})
}
