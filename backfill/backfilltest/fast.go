package backfilltest

import (
	"context"
	"time"

	"tootfill/backfill"
)

// Fast is a clock that runs faster than the machine's, so that hours of waiting can
// be measured in minutes. Whatever takes the machine time, such as its own work,
// seems to take Speed times as long on it.
type Fast struct {
	backfill.SystemClock
	// From is when it showed the time of the machine's clock.
	From time.Time
	// Speed is how many times as fast it runs.
	Speed int
	// By is how far it was set ahead.
	By time.Duration
}

// Now is what the clock shows.
func (c Fast) Now() time.Time {
	now := c.SystemClock.Now()
	return now.Add(time.Duration(c.Speed-1)*now.Sub(c.From) + c.By)
}

// Wait waits until the clock has moved on by d.
func (c Fast) Wait(ctx context.Context, d time.Duration) error {
	return c.SystemClock.Wait(ctx, d/time.Duration(c.Speed))
}
