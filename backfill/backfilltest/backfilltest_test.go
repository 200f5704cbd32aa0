package backfilltest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

var _ backfill.Clock = (*backfilltest.Clock)(nil)

func TestWaitingMovesTheClock(t *testing.T) {
	c := backfilltest.NewClock()
	start := c.Now()
	ended, end := context.WithCancel(t.Context())
	end()
	if err := c.Wait(t.Context(), time.Hour); err != nil {
		t.Error(err)
	}
	if err := c.Wait(ended, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that the context has ended", err)
	}
	_ = c.Wait(t.Context(), -time.Hour)
	c.Step(-2 * time.Minute)
	if got := c.Now().Sub(start); got != 59*time.Minute || c.Waited() != 61*time.Minute {
		t.Errorf("the clock moved by %s, and %s were waited", got, c.Waited())
	}
}
