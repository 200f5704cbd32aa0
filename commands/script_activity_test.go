package commands_test

import (
	"runtime"
	"slices"
	"strings"
)

// activity is what the goroutines of a process are doing.
type activity struct {
	// idle says that each of them waits for another one, for the clock, for a request
	// to be answered, or for somebody to begin to talk to it.
	idle bool
	// requests is how many requests over HTTP it has sent that do not have an answer
	// and have not arrived in this same process.
	requests int
	// redials says that it looks once a second whether Redis is back, and believes
	// until then that it is away (go-redis, (*ConnPool).tryDial).
	redials bool
}

// lookAround returns what all goroutines are doing, except the one that calls it.
func lookAround() activity {
	buf := make([]byte, 1<<20)
	for {
		if n := runtime.Stack(buf, true); n < len(buf) {
			return activityIn(string(buf[:n]))
		}
		buf = make([]byte, 2*len(buf))
	}
}

// activityIn reads a dump of all goroutines, of which the first is the one that looks.
func activityIn(dump string) activity {
	_, others, _ := strings.Cut(dump, "\n\n")
	a := activity{idle: true}
	for text := range strings.SplitSeq(others, "\n\n") {
		g := readGoroutine(text)
		a.idle = a.idle && g.idle()
		if g.in("net/http.(*Transport).roundTrip(") {
			a.requests++
		}
		if g.in(answers) {
			a.requests--
		}
		a.redials = a.redials || g.in("go-redis/v9/internal/pool.(*ConnPool).tryDial(")
	}
	return a
}

// goroutine is one of a dump.
type goroutine struct {
	// state is what the runtime says about it, such as "chan receive".
	state string
	// calls are its calls, the innermost first, with the lines on which they are.
	calls string
}

func readGoroutine(text string) goroutine {
	head, calls, _ := strings.Cut(text, "\n")
	_, state, _ := strings.Cut(head, "[")
	if end := strings.IndexAny(state, ",(]"); end >= 0 {
		state = strings.TrimSpace(state[:end])
	}
	calls, _, _ = strings.Cut(calls, "\ncreated by ")
	return goroutine{state, calls}
}

func (g goroutine) in(call string) bool { return strings.Contains(g.calls, call) }

// waitsForOthers are the states of a goroutine that goes on only when another one
// of its process does something, or a timer.
var waitsForOthers = []string{
	"chan receive", "chan send", "select", "semacquire",
	"sync.Cond.Wait", "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock", "sync.WaitGroup.Wait",
}

// waitsInRealTime are calls that wait for a timer of the machine or for a server that
// is not HTTP's, even while the goroutine waits for others.
var waitsInRealTime = []string{
	"commands_test.(*farClock).Now(",               // the script has yet to answer
	"go-redis/v9.(*baseClient).",                   // also between two tries
	"/pgx/v5/pgconn.",                              // a connection is being made or used
	"tootfill/backfill/sqlite.",                    // the ledger is locked by another process
	"net/http.(*http2transportResponseBody).Read(", // the rest of an answer
}

// listens are calls of goroutines that wait for somebody to begin to talk. If an
// answer is due there, then a second goroutine waits for it.
var listens = []string{
	"net.(*netFD).accept(",
	"net/http.(*persistConn).readLoop(", "net/http.(*http2ClientConn).readLoop(", // between two answers
	"net/http.(*conn).serve(", "net/http.(*connReader).backgroundRead(", "net/http.(*http2serverConn).readFrames(",
	"miniredis/v2/server.(*Server).servePeer.func",
}

// answers is the call of the sandbox that answers a request.
const answers = "/sandbox.(*Sandbox).dispatch("

// idle reports whether the goroutine waits for somebody who is seen elsewhere.
func (g goroutine) idle() bool {
	in := func(calls []string) bool { return slices.ContainsFunc(calls, g.in) }
	switch {
	case g.in("net/rpc.(*Client).input("), g.in("pool.(*ConnPool).tryDial("):
		return true // the clock knows of these, whatever their states
	case g.state == "syscall":
		return g.in("os/signal.signal_recv(")
	case g.state == "IO wait":
		return in(listens) && !g.in(answers)
	case g.state == "coroutine", g.state == "select" && g.in("commands_test.(*farClock).Wait("):
		return true // whoever called it
	}
	return slices.Contains(waitsForOthers, g.state) && !in(waitsInRealTime)
}
