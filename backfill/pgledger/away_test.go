package pgledger

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
	"tootfill/backfill/testservers"
)

// TestAway: a ledger whose database goes away in the middle.
func TestAway(t *testing.T) {
	server := testservers.StartPostgres(t, "-c", "synchronous_commit=on")
	t.Run("answers of COMMIT are lost", func(t *testing.T) { lostAnswers(t, server.URL) })
	t.Run("all connections are cut", func(t *testing.T) { cutConnections(t, server.URL) })
	t.Run("the server restarts", func(t *testing.T) { restart(t, server, server.Stop) })
	t.Run("the server crashes", func(t *testing.T) { restart(t, server, server.Kill) })
	t.Run("for good", func(t *testing.T) { awayForGood(t, server.URL) })
}

// patient is a ledger through a proxy, with patience on a clock of its own.
type patient struct {
	*ledger.Ledger
	proxy *proxy
	clock *backfilltest.Clock
	told  *[]string
}

func openPatient(t *testing.T, url string) patient {
	t.Helper()
	p, address := startProxy(t, url)
	clock := backfilltest.NewClock()
	var mu sync.Mutex
	told := new([]string)
	o := options(address)
	o.Patience = &backfill.Patience{Clock: clock, Tell: func(e backfill.Event) {
		mu.Lock()
		defer mu.Unlock()
		if w, ok := e.(backfill.Warned); ok {
			*told = append(*told, w.Text)
		}
	}}
	return patient{openIn(t, o), p, clock, told}
}

// lostAnswers: every change whose COMMIT is not answered is there once.
func lostAnswers(t *testing.T, url string) {
	l := openPatient(t, url)
	direct := openIn(t, options(url))
	lose := func(what string, do func() error) {
		t.Helper()
		l.proxy.loseAnswers(1)
		if err := do(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if l.proxy.mu.Lock(); l.proxy.commits != 0 {
			t.Errorf("%s: no COMMIT was seen", what)
		}
		l.proxy.mu.Unlock()
	}
	var r backfill.Run
	lose("Begin", func() (err error) { r, err = l.Begin(t.Context(), ledgertest.Alice); return err })
	if r.Resumed || r.ID == 0 {
		t.Errorf("%+v", r)
	}
	var s backfill.Stretch
	page := backfill.ListedPage{Source: "outbox", First: true, Next: "2", Posts: ledgertest.TopPage("", 3, 2, 1).Posts}
	lose("RecordPage", func() (err error) { s, _, err = l.RecordPage(t.Context(), r, 0, page); return err })
	if s.Joined || s.Next != "2" {
		t.Errorf("the page has met itself: %+v", s)
	}
	posts := []backfill.KnownPost{{URI: page.Posts[0].URI, Outcome: backfill.Imported}}
	lose("RecordOutcomes", func() error { return l.RecordOutcomes(t.Context(), r, posts) })
	lose("RecordJobs", func() error {
		return l.RecordJobs(t.Context(), r, []backfill.Job{{URI: page.Posts[1].URI, JID: "1", Payload: []byte("{}")}})
	})
	lose("RecordRound", func() error { return l.RecordRound(t.Context(), r, 1) })
	lose("Remember", func() error { return l.Remember(t.Context(), "x.example", "a", "b", time.Now().Add(time.Hour)) })
	lose("Settle", func() error {
		return ledgertest.End(t.Context(), l, r, backfill.Result{Status: backfill.Skipped, Unspent: true}, false)
	})
	// One token was taken, and one given back.
	if again, err := direct.Begin(t.Context(), ledgertest.Alice); err != nil || again.Resumed {
		t.Errorf("%+v, %v", again, err)
	}
	if len(*l.told) != 0 {
		t.Errorf("told %q", *l.told)
	}
}

// cutConnections: neither reading nor writing minds.
func cutConnections(t *testing.T, url string) {
	l := openPatient(t, url)
	r := ledgertest.Begin(t, l, ledgertest.Bob)
	for range 3 {
		l.proxy.cut()
		if err := l.RecordRound(t.Context(), r, 1); err != nil {
			t.Error(err)
		}
		l.proxy.cut()
		if tried, err := l.Tried(t.Context(), ledgertest.Bob); err != nil || !tried {
			t.Errorf("%t, %v", tried, err)
		}
	}
}

// restart: what was begun goes on once the server is back.
func restart(t *testing.T, server *testservers.Server, stop func(testing.TB)) {
	l := openPatient(t, server.URL)
	h := ledgertest.Bob
	h.User += "s"
	r, err := l.Begin(t.Context(), h)
	var limited *backfill.LimitedError
	if errors.As(err, &limited) {
		h.User += "2"
		r, err = l.Begin(t.Context(), h)
	}
	if err != nil {
		t.Fatal(err)
	}
	stop(t)
	var all sync.WaitGroup
	back := make(chan struct{})
	for range 4 {
		all.Go(func() {
			<-back
			if err := l.RecordRound(t.Context(), r, 2); err != nil {
				t.Error(err)
			}
			if tried, err := l.Tried(t.Context(), h); err != nil || !tried {
				t.Errorf("%t, %v", tried, err)
			}
		})
	}
	server.Start(t)
	close(back)
	all.Wait()
	if n, err := l.LastRun(t.Context(), h); err != nil || !n.Open {
		t.Errorf("%+v, %v", n, err)
	}
	if err := ledgertest.End(t.Context(), l, r, backfill.Result{Status: backfill.Done}, false); err != nil {
		t.Error(err)
	}
}

// awayForGood: after two minutes everybody who waits is told so, and people once.
func awayForGood(t *testing.T, url string) {
	l := openPatient(t, url)
	h := ledgertest.Alice
	h.User = "gone"
	r := ledgertest.Begin(t, l, h)
	began := l.clock.Now()
	l.proxy.listener.Close()
	l.proxy.cut()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			err := l.RecordOutcomes(t.Context(), r, []backfill.KnownPost{{URI: ledgertest.URI(1), Outcome: backfill.Imported}})
			var outage *backfill.OutageError
			var away *backfill.UnavailableError
			if !errors.As(err, &outage) || !errors.As(err, &away) || !away.Ledger || !backfill.EndsRun(err) {
				t.Errorf("got %v", err)
			}
			if _, err := l.Tried(t.Context(), h); !errors.As(err, &outage) {
				t.Errorf("reading: %v", err)
			}
		})
	}
	all.Wait()
	if waited := l.clock.Now().Sub(began); waited < 2*time.Minute {
		t.Errorf("waited %s", waited)
	}
	if len(*l.told) != 1 || !strings.Contains((*l.told)[0], "the ledger's database postgres at 127.0.0.1:") ||
		!strings.Contains((*l.told)[0], "waiting for up to 2 minutes") {
		t.Errorf("told %q", *l.told)
	}
}

// TestNobodyFindsOutAgain: those whose turn to write comes while the database is away do
// not each wait for an answer of their own.
func TestNobodyFindsOutAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &database{options: Options{}.withDefaults(), writing: make(chan struct{}, 1), elapsed: func() time.Duration { return 0 }}
		away := &backfill.UnavailableError{Server: "x", Ledger: true, Err: errors.New("refused")}
		d.writing <- struct{}{}
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				var unsure int64
				if err := d.writeInTurn(t.Context(), nil, &unsure); err != away {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		d.away.failed(away)
		<-d.writing
		all.Wait()
		d.writing <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var unsure int64
		if err := d.writeInTurn(ctx, nil, &unsure); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the turn never comes: %v", err)
		}
	})
}
