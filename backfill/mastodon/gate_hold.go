package mastodon

import (
	"context"
	"fmt"
	"time"

	"tootfill/backfill/limit"
)

const (
	// tellFrom is the shortest wait that is reported, and tellSpreadFrom the
	// shortest gap between requests that are spread out.
	tellFrom       = 5 * time.Second
	tellSpreadFrom = 30 * time.Second
)

// hold says why a request has to wait.
type hold struct {
	wait  time.Duration
	until time.Time
	// forChange says that it waits for something other than a time.
	forChange bool
	// ours says that the user set the limit, not home.
	ours bool
	// spread says that it is only the gap after the previous request.
	spread bool
	reason string
	// changed ends the wait early.
	changed context.Context
}

func (h hold) needed() bool { return h.wait > 0 || h.forChange }

func (g *gate) due(now time.Time, paging bool) hold {
	switch {
	case now.Before(g.paused):
		return hold{wait: g.paused.Sub(now), reason: g.server + " asks for a pause"}
	case g.rate == limit.Unlimited:
		return hold{}
	case g.pace != nil:
		return g.dueByPace(now)
	}
	h := g.dueBy(&g.all, now, "the limit of %d requests at "+g.server+" is used up")
	if !paging {
		return h
	}
	p := g.dueBy(&g.paging, now, "the limit of %d pages at "+g.server+" is used up")
	if p.wait > h.wait {
		h.wait, h.reason, h.spread = p.wait, p.reason, p.spread
	}
	h.forChange = h.forChange || p.forChange
	return h
}

func (g *gate) dueBy(w *window, now time.Time, usedUp string) hold {
	var h hold
	h.wait, h.forChange = w.due(now)
	h.reason, h.spread = "the requests to "+g.server+" are spread", true
	if w.exhausted(now) {
		h.reason, h.spread = fmt.Sprintf(usedUp, w.limit), false
	}
	return h
}

// dueByPace takes one from the fixed pace, or says when there will be one.
func (g *gate) dueByPace(now time.Time) hold {
	place := g.pace.ReserveN(now, 1)
	wait := place.DelayFrom(now)
	if wait == 0 {
		return hold{}
	}
	place.CancelAt(now) // others may be quicker, and the wait may be broken off
	return hold{wait: wait, ours: true, spread: true, reason: "the rate is set to " + g.rate.String()}
}

// sleep waits as h says, or until something changes.
func (g *gate) sleep(ctx context.Context, h hold) error {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(h.changed, cancel)
	defer stop()
	if h.forChange {
		<-both.Done()
		return ctx.Err()
	}
	if err := g.clock.Wait(both, h.wait); err != nil && both.Err() == nil {
		return err
	}
	return ctx.Err()
}

// tell reports a longer wait, once.
func (g *gate) tell(h hold) {
	if g.onWait == nil || h.wait < tellFrom || h.spread && h.wait < tellSpreadFrom {
		return
	}
	g.mu.Lock()
	again := h.until.Sub(g.told).Abs() < tellFrom
	if !again {
		g.told = h.until
	}
	g.mu.Unlock()
	if !again {
		g.onWait(h.until, h.reason)
	}
}
