package fetch

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"tootfill/backfill/limit"
)

const (
	// longestTurn is how long a process may hold the turn at a host that it does not
	// give back: it lasts for the longest answer and another one.
	longestTurn = 2 * answerTimeout
	// turnPoll is how often a process looks whether another one has given back its turn.
	turnPoll = 300 * time.Millisecond
	// leavePatience is how long the end of a turn waits for the ledger. What is not given
	// back ends by itself.
	leavePatience = 5 * time.Second
)

// turns are the turns at one host that this process shares with others. Whoever has the
// host's turn in this process has these fields, too.
type turns struct {
	// waiting counts the requests of this process that wait for the host.
	waiting atomic.Int64

	// known is the record as it was read or written last.
	known string
	// held says that it is this process's turn until a time, with so many requests left.
	held  bool
	until time.Time
	left  int
}

// takeTurn waits until a request may be sent to a host that other processes ask, too.
func (c *Client) takeTurn(ctx context.Context, h *host) error {
	for {
		if err := c.sitOutPause(ctx, h); err != nil {
			return err
		}
		wait, err := c.tryTurn(ctx, h)
		if err != nil {
			return fmt.Errorf("keeping to the pace of %s: %w", h.name, err)
		}
		if wait == 0 {
			return nil
		}
		if err := c.wait(ctx, h, wait); err != nil {
			return err
		}
	}
}

// tryTurn takes a turn if there is one; otherwise it says when to try again.
func (c *Client) tryTurn(ctx context.Context, h *host) (wait time.Duration, err error) {
	t := &h.turns
	if now := c.clock.Now(); t.held && t.left > 0 && t.until.Sub(now) > answerTimeout {
		t.left--
		return 0, nil
	}
	self, err := c.paces.Holder(ctx)
	if err != nil {
		return 0, err
	}
	for {
		if t.known == "" {
			if t.known, err = c.paces.Pace(ctx, h.name); err != nil {
				return 0, err
			}
		}
		if wait, done, err := c.takeTurns(ctx, h, self); err != nil || done {
			return wait, err
		}
	}
}

// passTurn gives the turn back if it was kept for a request that does not need it now.
func (c *Client) passTurn(ctx context.Context, h *host) {
	select {
	case h.turn <- struct{}{}:
		c.leave(ctx, h)
	default: // whoever has it gives it back
	}
}

// takeTurns takes turns by what is known of them. That may be out of date: then done is
// false, or the wait is too short, since others only take.
func (c *Client) takeTurns(ctx context.Context, h *host, self string) (wait time.Duration, done bool, err error) {
	t, now := &h.turns, c.clock.Now()
	shared := limit.ParseTurns(t.known)
	if shared.IsHeld(self, now, longestTurn) {
		if holds, err := c.paces.Holds(ctx, shared.Holder); err != nil || holds {
			t.known = ""
			return turnPoll, true, err
		}
	}
	if t.held && shared.Holder == self {
		shared, t.left = shared.Leave(c.hosts.turnRate(), t.left), 0
	}
	after, n, wait := shared.Take(c.hosts.turnRate(), 1+int(max(t.waiting.Load(), 0)), self, now, longestTurn)
	if n == 0 {
		return wait, true, nil
	}
	record := after.String()
	if done, err = c.paces.SetPace(ctx, h.name, t.known, record); err != nil || !done {
		t.known = ""
		return 0, false, err
	}
	t.known, t.held, t.until, t.left = record, true, after.Until, n-1
	return 0, true, nil
}

// leaveTurn gives the turn back, unless another request of this process takes the rest
// of it. That the ledger is away is told by the next request.
func (c *Client) leaveTurn(ctx context.Context, h *host) {
	t := &h.turns
	if !t.held || t.left > 0 && t.waiting.Load() > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leavePatience)
	defer cancel()
	record := limit.ParseTurns(t.known).Leave(c.hosts.turnRate(), t.left).String()
	done, err := c.paces.SetPace(ctx, h.name, t.known, record)
	t.known, t.held, t.left = record, false, 0
	if err != nil || !done {
		t.known = "" // it is read again
	}
}

func (hs *hosts) turnRate() limit.TurnRate {
	return limit.TurnRate{PerSecond: float64(hs.rate), Burst: hs.burst}
}

// sharesPace reports whether the pace is shared with other processes.
func (c *Client) sharesPace() bool { return c.paces != nil && c.hosts.rate != unlimited }
