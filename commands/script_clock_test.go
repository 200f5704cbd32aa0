package commands_test

import (
	"context"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill"
)

// scriptClock is the clock of one script, of the servers in its sandbox, and of all
// programs that it starts, which ask for the time over a connection. It runs like
// the machine's clock, and jumps ahead to the next moment that somebody waits for as
// soon as every program waits and so does the script. So a wait of minutes takes
// milliseconds, and on a slow machine no program loses time while it works.
//
// It knows who works. The servers of the sandbox hold it while they do
// (sandbox.StandingClock). The script works except while one of its commands waits.
// Anyone else who works is asked before each jump (busy). Only a program that does
// several things at once counts as waiting as soon as one of them waits and it has
// been quiet for a moment. The clock cannot show how long something takes, nor
// anything about the time-outs of connections, which are real.
type scriptClock struct {
	backfill.SystemClock

	mu sync.Mutex
	// ahead is how far the jumps have brought it ahead of the machine's clock.
	ahead time.Duration
	// programs are the running programs and what they wait for.
	programs map[*clockUser]bool
	// own are the waits of the servers in the test's own process.
	own clockUser
	// held counts those that work and are not programs: the clock does not jump.
	held int
	// busy report whether somebody that cannot hold the clock is working.
	busy []func() bool
	// until is what the script waits for; nil while it does not wait.
	until func() bool
	// inBackground says that the script does not wait for the program that joins
	// next; foreground counts the programs it waits for.
	inBackground bool
	foreground   int
	// joined is closed when another program starts to run.
	joined chan struct{}
	// looked is when somebody last looked at the clock.
	looked time.Time
	timer  *time.Timer
	// doomed and doom are for the program that joins next.
	doomed int
	doom   func()
}

const (
	// quiet is how long nobody must have looked at the clock before it jumps: a
	// program that works on several things looks at it all the time.
	quiet = 5 * time.Millisecond
	// longWait is the reporter's wait between two lines (linesEvery). A wait as long
	// as this does not mean that the program waits.
	longWait = 30 * time.Second
)

// clockUser is a running program, or the test's own process.
type clockUser struct {
	clock *scriptClock
	waits map[*wait]bool
	// doom is called when the program looks at the clock for the doomed-th time.
	looks, doomed int
	doom          func()
}

// wait is one wait of a clockUser.
type wait struct {
	until time.Time
	long  bool
	over  chan struct{} // closed when it is over
}

type clockKey struct{}

func clockOf(ts *testscript.TestScript) *scriptClock { return ts.Value(clockKey{}).(*scriptClock) }

func newScriptClock() *scriptClock {
	c := &scriptClock{programs: make(map[*clockUser]bool), joined: make(chan struct{})}
	c.own = clockUser{clock: c, waits: make(map[*wait]bool)}
	c.timer = time.AfterFunc(time.Hour, c.strike)
	return c
}

// Now returns the time of the script.
func (c *scriptClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.look()
}

// look is Now, with mu held.
func (c *scriptClock) look() time.Time {
	c.looked = c.SystemClock.Now()
	return c.looked.Add(c.ahead)
}

// Wait waits for somebody in the test's process that holds the clock; it lets go of
// the clock meanwhile.
func (c *scriptClock) Wait(ctx context.Context, d time.Duration) error { return c.own.wait(ctx, d) }

func (p *clockUser) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	c := p.clock
	c.mu.Lock()
	w := &wait{until: c.look().Add(d), long: d >= longWait, over: make(chan struct{})}
	p.waits[w] = true
	if p == &c.own {
		c.held--
	}
	c.schedule()
	c.mu.Unlock()
	select {
	case <-w.over:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	c.end(p, w)
	c.schedule()
	return ctx.Err()
}

// end ends a wait, unless it has ended already. A waiter in the test's process holds
// the clock again at once, before it gets the processor. With mu held.
func (c *scriptClock) end(p *clockUser, w *wait) {
	if !p.waits[w] {
		return
	}
	delete(p.waits, w)
	close(w.over)
	if p == &c.own {
		c.held++
	}
}

// Hold keeps the clock from jumping until the returned function is called.
func (c *scriptClock) Hold() (letGo func()) {
	c.addHeld(1)
	return sync.OnceFunc(func() { c.addHeld(-1) })
}

// rest lets go of the clock on behalf of a holder, until the returned function is
// called.
func (c *scriptClock) rest() (goOn func()) {
	c.addHeld(-1)
	return func() { c.addHeld(1) }
}

func (c *scriptClock) addHeld(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	c.held += n
	c.schedule()
}

// startBackground starts a program that the script does not wait for, and returns
// when it runs or, failing that, after a while.
func (c *scriptClock) startBackground(start func()) {
	c.mu.Lock()
	c.inBackground = true
	joined := c.joined
	c.mu.Unlock()
	start()
	select {
	case <-joined:
	case <-time.After(10 * time.Second):
	}
}

// scriptWaits says that the script waits for something, until the returned function
// is called. The clock does not jump once it has happened, because the script may be
// slow to see it.
func (c *scriptClock) scriptWaits(until func() bool) (over func()) {
	set := func(until func() bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.look()
		c.until = until
		c.schedule()
	}
	set(until)
	return func() { set(nil) }
}

// waitFor waits with the script until something has happened, for up to a minute;
// then it returns false.
func (c *scriptClock) waitFor(until func() bool) bool {
	defer c.scriptWaits(until)()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 12000 {
		if until() {
			return true
		}
		<-tick.C
	}
	return false
}

// askBusy makes the clock call busy before each jump, to ask whether somebody that
// cannot hold the clock is working.
func (c *scriptClock) askBusy(busy func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = append(c.busy, busy)
}

// doomNext calls doom when the program that joins next looks at the clock for the
// nth time, before the program is told the time.
func (c *scriptClock) doomNext(n int, doom func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doomed, c.doom = n, doom
}
