package mastodon

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/httpheader"
)

const (
	// firstPause and longestPause bound the pause after a 429 that names no
	// time; it doubles with each one in a row.
	firstPause   = time.Minute
	longestPause = 15 * time.Minute
)

// pause holds all requests until a time or, if that is zero, for longer with each
// such pause in a row. It tells other processes.
func (g *gate) pause(ctx context.Context, until, now time.Time) error {
	g.keepBack(until, now)
	g.mu.Lock()
	until = g.paused
	g.mu.Unlock()
	if g.pauses == nil || until.Sub(now) < tellFrom {
		return nil
	}
	if err := g.pauses.Pause(context.WithoutCancel(ctx), g.server, until); err != nil {
		return &pauseError{fmt.Errorf("remembering the pause of %s: %w", g.server, err)}
	}
	return nil
}

// recall adopts the pauses that other processes were asked for.
func (g *gate) recall(ctx context.Context) error {
	if g.pauses == nil {
		return nil
	}
	until, err := g.pauses.PausedUntil(context.WithoutCancel(ctx), g.server)
	if err != nil {
		return &pauseError{fmt.Errorf("reading the pause of %s: %w", g.server, err)}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.paused) {
		g.paused = until
		g.signal()
	}
	return nil
}

// pauseError is about our own record of pauses, and not about home.
type pauseError struct{ err error }

func (e *pauseError) Error() string { return e.err.Error() }
func (e *pauseError) Unwrap() error { return e.err }

func (g *gate) keepBack(until, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.IsZero() {
		if now.Before(g.paused) {
			return // an answer to a request of the same moment
		}
		until = now.Add(min(firstPause<<min(g.vain, 10), longestPause))
		g.vain++
	}
	if latest := now.Add(backfill.LongestPause); until.After(latest) {
		until = latest
	}
	if until.After(g.paused) {
		g.paused = until
	}
	g.signal()
}

// fine records an answer that asked for no pause.
func (g *gate) fine() {
	g.mu.Lock()
	g.vain = 0
	g.mu.Unlock()
}

// retryAt is when home will accept requests again after a refusal with this status:
// the later of Retry-After and, for a 429, the end of the window. It is zero if
// home names no time.
func retryAt(status int, h http.Header, now time.Time) time.Time {
	until, _ := httpheader.RetryAfter(h, now)
	if status != http.StatusTooManyRequests {
		return until
	}
	reset, ok := httpheader.RateLimitReset(h, now)
	if reset = reset.Add(resetMargin); ok && reset.After(now) && reset.After(until) {
		return reset
	}
	return until
}

func (g *gate) tooLong(until time.Time) error {
	return &backfill.UnavailableError{
		Server: g.server,
		Err:    &backfill.NotNowError{Status: http.StatusTooManyRequests, RetryAt: until, Message: "it asks to wait until " + until.Format(time.RFC3339)},
	}
}
