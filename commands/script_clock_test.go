package commands_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/rpc"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
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

// schedule sets the timer to the next moment at which the clock has something to do.
// With mu held.
func (c *scriptClock) schedule() {
	next := c.next()
	if next == nil {
		c.timer.Stop()
		return
	}
	d := next.until.Sub(c.SystemClock.Now().Add(c.ahead))
	if c.allWait() {
		d = min(d, quiet)
	}
	c.timer.Reset(max(d, 0))
}

// next returns the wait that ends first; nil without any. With mu held.
func (c *scriptClock) next() (first *wait) {
	for _, p := range c.everybody() {
		for w := range p.waits {
			if first == nil || w.until.Before(first.until) {
				first = w
			}
		}
	}
	return first
}

// allWait reports whether every program and the script wait, and nobody holds the
// clock. With mu held.
func (c *scriptClock) allWait() bool {
	if c.held > 0 || len(c.programs) == 0 || c.until == nil && c.foreground == 0 {
		return false
	}
	for p := range c.programs {
		waits := false
		for w := range p.waits {
			waits = waits || !w.long
		}
		if !waits {
			return false
		}
	}
	return true
}

// everybody returns all users of the clock. With mu held.
func (c *scriptClock) everybody() []*clockUser {
	all := []*clockUser{&c.own}
	for p := range c.programs {
		all = append(all, p)
	}
	return all
}

// strike jumps if it may, and ends the waits that are over.
func (c *scriptClock) strike() {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.schedule()
	next := c.next()
	if next == nil {
		return
	}
	now := c.SystemClock.Now()
	if c.allWait() && now.Sub(c.looked) >= quiet && c.nobodyBusy() {
		if next = c.next(); next == nil {
			return
		}
		now = c.SystemClock.Now()
		c.ahead += max(0, next.until.Sub(now.Add(c.ahead)))
		c.looked = now
	}
	now = now.Add(c.ahead)
	for _, p := range c.everybody() {
		for w := range p.waits {
			if !w.until.After(now) {
				c.end(p, w)
			}
		}
	}
}

// nobodyBusy asks those that cannot hold the clock whether they work, and whether
// what the script waits for has happened. It also returns false if somebody has
// looked at the clock meanwhile. With mu held, except while it asks.
func (c *scriptClock) nobodyBusy() bool {
	looked, busy := c.looked, slices.Clone(c.busy)
	if c.until != nil {
		busy = append(busy, c.until)
	}
	c.mu.Unlock()
	somebody := slices.ContainsFunc(busy, func(f func() bool) bool { return f() })
	c.mu.Lock()
	if somebody {
		c.look() // to ask again after a while
	}
	return c.looked.Equal(looked) && c.allWait()
}

// serve lets programs use the clock, and returns its address. It ends with the
// script.
func (c *scriptClock) serve(env *testscript.Env) (addr string, _ error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the script has ended
			}
			all.Go(func() { c.serveProgram(conn) })
		}
	})
	env.Defer(func() {
		_ = l.Close()
		all.Wait() // no program outlives its script
		c.timer.Stop()
	})
	return l.Addr().String(), nil
}

func (c *scriptClock) serveProgram(conn net.Conn) {
	ctx, end := context.WithCancel(context.Background())
	p := &clockUser{clock: c, waits: make(map[*wait]bool)}
	c.mu.Lock()
	p.doomed, p.doom = c.doomed, c.doom
	c.doomed, c.doom = 0, nil
	c.programs[p] = true
	foreground := !c.inBackground
	if c.inBackground = false; foreground {
		c.foreground++
	}
	close(c.joined)
	c.joined = make(chan struct{})
	c.mu.Unlock()
	s := rpc.NewServer()
	_ = s.RegisterName("Clock", &served{clockUser: p, ctx: ctx, ends: make(map[int]context.CancelFunc), over: make(map[int]bool)})
	s.ServeConn(&endingConn{Conn: conn, end: end})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	delete(c.programs, p)
	if foreground {
		c.foreground--
	}
	c.schedule()
}

// endingConn calls end when the other side is gone: until the calls in progress have
// returned, nothing else reports it.
type endingConn struct {
	net.Conn
	end func()
}

func (c *endingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.end()
	}
	return n, err
}

// served handles the calls of one program.
type served struct {
	*clockUser
	ctx context.Context

	mu sync.Mutex
	// ends end the waits, by name. Calls of a program may overtake one another: the
	// end of a wait that is not there yet is in over.
	ends map[int]context.CancelFunc
	over map[int]bool
}

// Waiting is a wait of a program, with the name by which the program can end it
// early.
type Waiting struct {
	Name int
	For  time.Duration
}

// Now returns the time as Unix nanoseconds.
func (s *served) Now(_ int, now *int64) error {
	c := s.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	*now = c.look().UnixNano()
	if s.looks++; s.looks == s.doomed {
		s.doom()
	}
	return nil
}

// Wait returns when the wait is over.
func (s *served) Wait(w Waiting, _ *int) error {
	ctx, end := context.WithCancel(s.ctx)
	defer end()
	s.mu.Lock()
	s.ends[w.Name] = end
	if s.over[w.Name] {
		end()
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.ends, w.Name)
	}()
	return s.wait(ctx, w.For)
}

// End ends a wait early.
func (s *served) End(name int, _ *int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over[name] = true
	if end := s.ends[name]; end != nil {
		end()
	}
	return nil
}

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
