package commands_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/rpc"
	"os"
	"slices"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// farClock is a script's clock as its programs see it, with its hands moved.
type farClock struct {
	client  *rpc.Client
	network *programNetwork
	shift   time.Duration

	mu sync.Mutex
	// named counts the waits so far; waits are the names of those that are not over.
	named int
	waits map[int]bool
}

// newClock returns the clock that the environment names, or else the machine's.
func newClock(n *programNetwork) (backfill.Clock, error) {
	var shift time.Duration
	var err error
	if text := os.Getenv(clockVariable); text != "" {
		if shift, err = time.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("reading %s: %w", clockVariable, err)
		}
	}
	if text := os.Getenv(speedVariable); text != "" {
		return newFastClock(text, shift)
	}
	addr := os.Getenv(timeVariable)
	if addr == "" {
		return backfilltest.Later{By: shift}, nil
	}
	client, err := rpc.Dial("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("asking the script for the time: %w", err)
	}
	c := &farClock{client: client, network: n, shift: shift, waits: make(map[int]bool)}
	go c.report()
	return c, nil
}

// report tells the script what the program is doing, as often as the script asks for
// it, until the program or the script ends.
func (c *farClock) report() {
	var r Report
	for c.client.Call("Clock.Report", r, new(int)) == nil {
		r = c.look()
	}
}

// look looks at the goroutines first: if they are idle, nothing begins afterwards.
func (c *farClock) look() Report {
	a := lookAround()
	c.mu.Lock()
	defer c.mu.Unlock()
	return Report{
		Asked: true, Idle: a.idle, Requests: a.requests, Redials: a.redials,
		Connections: c.network.open(), Waits: slices.Sorted(maps.Keys(c.waits)),
	}
}

// newFastClock returns the clock of a benchmark.
func newFastClock(text string, shift time.Duration) (backfill.Clock, error) {
	c := backfilltest.Fast{By: shift}
	var from int64
	if _, err := fmt.Sscanf(text, "%d@%d", &c.Speed, &from); err != nil {
		return nil, fmt.Errorf("reading %s: %w", speedVariable, err)
	}
	c.From = time.Unix(0, from)
	return c, nil
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
	name, over := c.begin()
	defer over()
	call := c.client.Go("Clock.Wait", Waiting{name, d}, new(int), make(chan *rpc.Call, 1))
	select {
	case <-call.Done:
		return errors.Join(call.Error, ctx.Err())
	case <-ctx.Done():
		c.client.Go("Clock.End", name, new(int), make(chan *rpc.Call, 1))
		return ctx.Err()
	}
}

// begin names a wait that begins.
func (c *farClock) begin() (name int, over func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.named++
	name = c.named
	c.waits[name] = true
	return name, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waits, name)
	}
}
