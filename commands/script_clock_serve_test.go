package commands_test

import (
	"context"
	"net"
	"net/rpc"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

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
	p := &clockUser{
		clock: c, waits: make(map[*wait]bool),
		questions: make(chan struct{}), reports: make(chan Report), gone: ctx.Done(),
	}
	c.mu.Lock()
	p.doomed, p.doom = c.doomed, c.doom
	c.doomed, c.doom = 0, nil
	c.changed()
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
	c.changed()
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

// Report is what a program is doing.
type Report struct {
	// Asked is false before the first question.
	Asked bool
	// Idle, Requests and Redials are those of activity.
	Idle     bool
	Requests int
	Redials  bool
	// Connections are the program's addresses of its connections to the sandbox.
	Connections []string
	// Waits are the names of the waits that are not over, in order.
	Waits []int
}

// Report takes the answer to the last question, and returns when there is another
// one.
func (s *served) Report(r Report, _ *int) error {
	if r.Asked {
		select {
		case s.reports <- r:
		case <-s.gone:
			return s.ctx.Err()
		}
	}
	select {
	case <-s.questions:
		return nil
	case <-s.gone:
		return s.ctx.Err()
	}
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
	return s.wait(ctx, w.For, w.Name)
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
