package commands_test

import (
	"context"
	"errors"
	"fmt"
	"net/rpc"
	"os"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// farClock is a script's clock as its programs see it, with its hands moved.
type farClock struct {
	client *rpc.Client
	shift  time.Duration

	mu    sync.Mutex
	waits int
}

// newClock returns the clock that the environment names, or else the machine's.
func newClock() (backfill.Clock, error) {
	var shift time.Duration
	var err error
	if text := os.Getenv(clockVariable); text != "" {
		if shift, err = time.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("reading %s: %w", clockVariable, err)
		}
	}
	addr := os.Getenv(timeVariable)
	if addr == "" {
		return backfilltest.Later{By: shift}, nil
	}
	client, err := rpc.Dial("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("asking the script for the time: %w", err)
	}
	return &farClock{client: client, shift: shift}, nil
}

// Now returns the time of the script. Without the script there is none.
func (c *farClock) Now() time.Time {
	var now int64
	if err := c.client.Call("Clock.Now", 0, &now); err != nil {
		fmt.Fprintln(os.Stderr, "the script's clock:", err)
		os.Exit(1)
	}
	return time.Unix(0, now).Add(c.shift)
}

func (c *farClock) Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	c.mu.Lock()
	c.waits++
	name := c.waits
	c.mu.Unlock()
	call := c.client.Go("Clock.Wait", Waiting{name, d}, new(int), make(chan *rpc.Call, 1))
	select {
	case <-call.Done:
		return errors.Join(call.Error, ctx.Err())
	case <-ctx.Done():
		c.client.Go("Clock.End", name, new(int), make(chan *rpc.Call, 1))
		return ctx.Err()
	}
}
