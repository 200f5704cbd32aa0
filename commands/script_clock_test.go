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
// soon as everybody does nothing but wait. So a wait of minutes takes milliseconds,
// and on a slow machine no program loses time while it works.
//
// It knows who works. The servers of the sandbox hold it while they do
// (sandbox.StandingClock). The script works except while one of its commands waits.
// Programs, and others that cannot hold it, are asked before each jump. A program
// answers by a look at its goroutines (activity): so it also knows what is in flight
// to a server, to Redis or to a database. The clock cannot show how long something
// takes, nor anything about the time-outs of connections, which are real.
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
	// answering counts the requests that have arrived at the sandbox and have no
	// answer, by the client's address, whether or not somebody works on them.
	answering map[string]int
	// redisAway says that the script has stopped Redis.
	redisAway bool
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
	timer  *time.Timer
	// changes counts what anybody has done with the clock; asking says that it asks
	// whether anybody works, which it does after pause.
	changes int
	asking  bool
	pause   time.Duration
	// doomed and doom are for the program that joins next.
	doomed int
	doom   func()
}

// clockUser is a running program, or the test's own process.
type clockUser struct {
	clock *scriptClock
	waits map[*wait]bool
	// doom is called when the program looks at the clock for the doomed-th time.
	looks, doomed int
	doom          func()
	// questions ask a program what it is doing, and reports are its answers, until
	// gone is closed.
	questions chan struct{}
	reports   chan Report
	gone      <-chan struct{}
}

// wait is one wait of a clockUser.
type wait struct {
	// name is that of a program's wait.
	name  int
	until time.Time
	// long says that it is longWait or more.
	long bool
	over chan struct{} // closed when it is over
}

type clockKey struct{}

func clockOf(ts *testscript.TestScript) *scriptClock { return ts.Value(clockKey{}).(*scriptClock) }

func newScriptClock() *scriptClock {
	c := &scriptClock{programs: make(map[*clockUser]bool), joined: make(chan struct{}), answering: make(map[string]int), pause: soonest}
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
	c.changed()
	return c.SystemClock.Now().Add(c.ahead)
}

// pass lets time pass for all, while no program runs.
func (c *scriptClock) pass(d time.Duration) { c.change(func() { c.ahead += d }) }

// Wait waits for somebody in the test's process that holds the clock; it lets go of
// the clock meanwhile.
func (c *scriptClock) Wait(ctx context.Context, d time.Duration) error { return c.own.wait(ctx, d, 0) }

func (p *clockUser) wait(ctx context.Context, d time.Duration, name int) error {
	if d <= 0 {
		return ctx.Err()
	}
	c := p.clock
	c.mu.Lock()
	w := &wait{name: name, until: c.look().Add(d), long: d >= longWait, over: make(chan struct{})}
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
	c.changed()
	delete(p.waits, w)
	close(w.over)
	if p == &c.own {
		c.held++
	}
}

// Hold keeps the clock from jumping until the returned function is called.
func (c *scriptClock) Hold() (letGo func()) {
	c.change(func() { c.held++ })
	return sync.OnceFunc(func() { c.change(func() { c.held-- }) })
}

// HoldToAnswer is Hold for the answer to a request from an address.
func (c *scriptClock) HoldToAnswer(from string) (letGo func()) {
	c.change(func() { c.held++; c.answering[from]++ })
	return sync.OnceFunc(func() { c.change(func() { c.held--; c.answering[from]-- }) })
}

// rest lets go of the clock on behalf of a holder, until the returned function is
// called.
func (c *scriptClock) rest() (goOn func()) {
	c.change(func() { c.held-- })
	return sync.OnceFunc(func() { c.change(func() { c.held++ }) })
}

func (c *scriptClock) setRedisAway(away bool) { c.change(func() { c.redisAway = away }) }

// change changes something that matters for whether the clock may jump.
func (c *scriptClock) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
	c.changed()
	c.schedule()
}

// startBackground starts a program that the script does not wait for, and returns
// when it runs; false if it does not within longestWait.
func (c *scriptClock) startBackground(start func()) bool {
	c.mu.Lock()
	c.inBackground = true
	joined := c.joined
	c.mu.Unlock()
	start()
	return happens(func() bool {
		select {
		case <-joined:
			return true
		default:
			return false
		}
	})
}

// scriptWaits says that the script waits for something, until the returned function
// is called. The clock does not jump once it has happened, because the script may be
// slow to see it.
func (c *scriptClock) scriptWaits(until func() bool) (over func()) {
	set := func(until func() bool) { c.change(func() { c.until = until }) }
	set(until)
	return func() { set(nil) }
}

// waitFor waits with the script until something has happened, for up to longestWait;
// then it returns false.
func (c *scriptClock) waitFor(until func() bool) bool {
	defer c.scriptWaits(until)()
	return happens(until)
}

// longestWait is how long a script waits for anything, in real time: far longer than
// it takes on a busy machine.
const longestWait = 5 * time.Minute

// happens is waitFor without a clock.
func happens(until func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range longestWait / (5 * time.Millisecond) {
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
