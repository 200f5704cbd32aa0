package commands_test

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// silentServer takes connections and never answers.
func silentServer(t *testing.T) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// aimlessly runs do in a goroutine that can be told from others, and returns when it
// has ended.
func aimlessly(do func()) { do() }

// lookAt returns what the goroutine in aimlessly is doing once it waits in a call.
func lookAt(call string) activity {
	buf := make([]byte, 4<<20)
	for {
		for text := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			g := readGoroutine(text)
			if g.in("commands_test.aimlessly(") && g.in(call) && g.state != "runnable" && g.state != "running" {
				return activityIn("\n\n" + text)
			}
		}
		runtime.Gosched()
	}
}

// A program waits while it waits for itself. A request is for the server to count,
// and what is asked of Redis is in flight.
func TestWhatAGoroutineDoes(t *testing.T) {
	addr := silentServer(t)
	for _, c := range []struct {
		name, call string
		do         func(context.Context)
		want       activity
	}{
		{"wait for another", "aimlessly(", func(ctx context.Context) { <-ctx.Done() }, activity{idle: true}},
		{"ask over HTTP", "(*persistConn).roundTrip(", func(ctx context.Context) {
			r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr, nil)
			_, _ = new(http.Transport).RoundTrip(r)
		}, activity{idle: true, requests: 1}},
		{"ask Redis", "(*netFD).Read(", func(ctx context.Context) {
			c := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
			context.AfterFunc(ctx, func() { _ = c.Close() })
			_ = c.Get(ctx, "x").Err()
		}, activity{}},
		{"read", "(*netFD).Read(", func(ctx context.Context) {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				context.AfterFunc(ctx, func() { _ = conn.Close() })
				_, _ = conn.Read(make([]byte, 1))
			}
		}, activity{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go aimlessly(func() {
				defer close(ended)
				c.do(ctx)
			})
			if got := lookAt(c.call); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			stop()
			<-ended
		})
	}
}

func TestWhatADumpSays(t *testing.T) {
	for text, want := range map[string]activity{
		"goroutine 7 [running]:\nmain.f(0x1)\n\t/x.go:1":                                                                              {},
		"goroutine 7 [runnable, 3 minutes]:\nmain.f()":                                                                                {},
		"goroutine 7 [sleep]:\ntime.Sleep(0x1)":                                                                                       {},
		"goroutine 7 [GC assist wait]:\nmain.f()":                                                                                     {},
		"goroutine 7 [syscall]:\nsyscall.Syscall()":                                                                                   {},
		"goroutine 7 [syscall, locked to thread]:\nos/signal.signal_recv()":                                                           {idle: true},
		"goroutine 7 [coroutine]:\ntootfill/backfill/ledger.(*Ledger).Due()":                                                          {idle: true},
		"goroutine 7 [select]:\ndatabase/sql.(*DB).conn()\ntootfill/backfill/sqlite.(*file).Write()":                                  {},
		"goroutine 7 [select]:\ntootfill/commands_test.(*farClock).Wait()\ntootfill/backfill/sandbox.(*Sandbox).dispatch()":           {idle: true, requests: -1},
		"goroutine 7 [chan receive]:\nnet/rpc.(*Client).Call()\ntootfill/commands_test.(*farClock).Now()":                             {},
		"goroutine 7 [chan receive]:\nmain.f()\ncreated by tootfill/backfill/sqlite.Open in goroutine 1":                              {idle: true},
		"goroutine 7 [IO wait]:\nnet.(*conn).Read()\nnet/http.(*persistConn).readLoop()":                                              {idle: true},
		"goroutine 7 [IO wait]:\nnet.(*conn).Read()\ntootfill/backfill/sandbox.(*Sandbox).dispatch()\nnet/http.(*conn).serve()":       {requests: -1},
		"goroutine 7 [sleep]:\ntime.Sleep()\ngithub.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial()":                        {idle: true, redials: true},
		"goroutine 7 [select]:\nmain.f()\n\ngoroutine 8 [select]:\nnet/http.(*Transport).roundTrip()\n\ngoroutine 9 [runnable]:\nx()": {requests: 1},
	} {
		if got := activityIn("goroutine 1 [running]:\nx()\n\n" + text); got != want {
			t.Errorf("%+v, want %+v:\n%s", got, want, text)
		}
	}
}
