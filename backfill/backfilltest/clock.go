package backfilltest

import (
	"context"
	"sync"
	"time"

	"tootfill/backfill"
)

// Clock is a clock that stands still until the test moves it or somebody waits:
// a wait takes no real time and moves the clock on by its length. Several
// goroutines may use it; the waits of two of them add up.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	waited time.Duration
}

// NewClock returns a clock that shows noon on 1 March 2026, in UTC.
func NewClock() *Clock { return ClockAt(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

// ClockAt returns a clock that shows t.
func ClockAt(t time.Time) *Clock { return &Clock{now: t} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Wait moves the clock on by d and returns at once, with the error of ctx if ctx has
// ended. If d is zero or negative it does not move the clock.
func (c *Clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(max(d, 0))
	c.waited += max(d, 0)
	return ctx.Err()
}

// Step moves the clock on by d, or back if d is negative.
func (c *Clock) Step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set makes the clock show t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Waited is the total length of all waits.
func (c *Clock) Waited() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waited
}

// Later is the machine's clock, set ahead: it runs, and waits on it take real time.
type Later struct {
	backfill.SystemClock
	By time.Duration
}

// Now is what the machine's clock will show after By.
func (c Later) Now() time.Time { return c.SystemClock.Now().Add(c.By) }
