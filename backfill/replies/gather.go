package replies

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// gather has the posts' own servers list the replies, and home take them in one by
// one by the route in use.
func (t *threads) gather() error {
	g := &gatherer{threads: t, deliveries: make(map[string]backfill.Delivery)}
	err := g.all()
	for _, d := range g.deliveries {
		if failed := d.Finish(nil); failed != nil && err == nil && (backfill.EndsRun(failed) || errors.Is(failed, context.Canceled)) {
			err = failed
		}
	}
	return err
}

// gatherer gathers the replies to the posts of one account.
type gatherer struct {
	*threads
	// deliveries are by the servers of the replies, since home may be limited by
	// one of them; on route sidekiq there is only one.
	deliveries map[string]backfill.Delivery
	found      int
	failures   backfill.SharedReason
}

func (g *gatherer) all() error {
	err := g.each(mostNoted, func(p backfill.Thread) (asked bool, err error) {
		if g.found >= g.Limits.perAccount() {
			return false, errEnough
		}
		list, err := g.Origins.RepliesTo(g.ctx, p, g.Limits.perPost())
		var origin *backfill.OriginError
		var paused *backfill.PausedError
		switch {
		case errors.As(err, &origin), errors.As(err, &paused):
			g.failures.Add(err.Error())
			return false, nil
		case err != nil:
			return false, err
		}
		return false, g.deliver(p, list)
	})
	if text := g.failures.After("some replies could not be listed"); text != "some replies could not be listed" {
		g.warn(text, backfill.Hint{})
	}
	return err
}

// deliver hands on the replies to a post that are to be tried.
func (g *gatherer) deliver(p backfill.Thread, list []backfill.Reply) error {
	wanted, err := g.fresh(list)
	if err != nil || len(wanted) == 0 {
		return err
	}
	if wanted, err = g.missing(p, wanted); err != nil || len(wanted) == 0 {
		return err
	}
	wanted = wanted[:min(len(wanted), g.Limits.perAccount()-g.found)]
	g.found += len(wanted)
	if err := g.Ledger.TryReplies(g.saving, g.to.Run, p.URI, wanted); err != nil {
		return fmt.Errorf("recording replies to posts of %s: %w", g.account.Handle, err)
	}
	for _, k := range wanted {
		d, err := g.delivery(fediverse.HostOf(k.URI))
		if err != nil {
			return err
		}
		posts := []backfill.KnownPost{k}
		if g.to.Route == backfill.RouteSidekiq {
			if posts, err = d.Missing(posts); err != nil {
				return err
			}
		}
		if err := d.Send(posts); err != nil {
			return err
		}
	}
	return nil
}

// fresh leaves out the replies that may not be imported, and those that were tried: one
// that was tried in vain may be tried again later, as posts are.
func (g *gatherer) fresh(list []backfill.Reply) ([]backfill.KnownPost, error) {
	var uris []string
	published := make(map[string]time.Time)
	for _, r := range list {
		if g.leftOut(r) == "" {
			uris, published[r.URI] = append(uris, r.URI), r.Published
		}
	}
	known, err := g.Ledger.KnownReplies(g.saving, uris)
	if err != nil {
		return nil, fmt.Errorf("reading which replies were tried: %w", err)
	}
	own, err := g.to.Recorded(uris)
	if err != nil {
		return nil, err
	}
	var wanted []backfill.KnownPost
	for i, k := range known {
		if k.Outcome.Final() || k.IsGivenUp() || k.Rests(g.Clock.Now()) || own[i].Outcome != backfill.Listed {
			continue
		}
		k.Published = published[k.URI]
		wanted = append(wanted, k)
	}
	return wanted, nil
}

// leftOut says why a reply is not imported, or "". Of one that is only an address
// nothing is known; home judges it.
func (g *gatherer) leftOut(r backfill.Reply) string {
	host := fediverse.HostOf(r.URI)
	switch reason := backfill.Unfit(r.Post, g.Clock.Now()); {
	case reason != "":
		return reason
	case host == g.Shared.Home:
		return "on " + host + " itself"
	case fediverse.OptOut(r.Profile) != "":
		return "its author has opted out"
	}
	if err := g.excluded(host, r.Author); err != nil {
		return err.Error()
	}
	return ""
}

// excluded says whether a server is left out, or the author by the URI of the actor.
// An account that is left out by its handle is recognised where that URI has one of
// the forms that show the handle.
func (g *gatherer) excluded(host, author string) error {
	out := g.Options.Exclusions
	if h, err := fediverse.ParseHandle(author); author != "" && err == nil {
		return out.Account(h, host)
	}
	return out.Server(host, fediverse.HostOf(author))
}

// missing leaves out the replies that home shows to have, where its database cannot
// tell: to ask for those again could notify people.
func (g *gatherer) missing(p backfill.Thread, wanted []backfill.KnownPost) ([]backfill.KnownPost, error) {
	if g.to.Route == backfill.RouteSidekiq || g.Replies.Home == nil || p.HomeID == "" {
		return wanted, nil
	}
	known, err := backfill.Asked(g.ctx, g.Patience, func() (backfill.Conversation, error) {
		return g.Replies.Home.Conversation(g.ctx, p.HomeID)
	})
	var answer *backfill.AnswerError
	if err != nil {
		if errors.As(err, &answer) {
			return nil, nil // without knowing that, nothing is asked for
		}
		return nil, err
	}
	held := make(map[string]bool)
	for _, uri := range known.Descendants {
		held[uri] = true
	}
	var missing []backfill.KnownPost
	for _, k := range wanted {
		if !held[k.URI] {
			missing = append(missing, k)
		} else if err := g.settle(k.Arrived(backfill.Held)); err != nil {
			return nil, err
		}
	}
	return missing, nil
}

func (g *gatherer) delivery(host string) (backfill.Delivery, error) {
	if g.to.Route == backfill.RouteSidekiq {
		host = ""
	}
	if d := g.deliveries[host]; d != nil {
		return d, nil
	}
	d, err := g.to.Deliver(&replyFilling{threads: g.threads, host: host})
	if err == nil {
		g.deliveries[host] = d
	}
	return d, err
}

// settle records and reports what came of a reply.
func (t *threads) settle(k backfill.KnownPost) error {
	if err := t.Ledger.RecordReplies(t.saving, t.to.Run, []backfill.KnownPost{k}); err != nil {
		return fmt.Errorf("recording a reply to a post of %s: %w", t.account.Handle, err)
	}
	t.noteReason(k)
	t.to.Filling.Tell(backfill.ReplySettled{Account: t.account.Handle, URI: k.URI, Outcome: k.Outcome, Reason: k.Reason})
	return nil
}
