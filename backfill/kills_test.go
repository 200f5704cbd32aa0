package backfill_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/push"
	"tootfill/backfill/resolve"
	"tootfill/backfill/sqlite"
)

// How many random histories TestNothingIsLostWhateverHappens goes through, and with
// which one it begins.
//
//	go test ./backfill -run NothingIsLost -histories 500
//	go test ./backfill -run NothingIsLost -first-history 17 -histories 1
var (
	histories    = flag.Uint64("histories", 20, "random histories to go through")
	firstHistory = flag.Uint64("first-history", 1, "the first random history")
)

// Whatever the limits and the rounds, whenever a process is killed, and however the
// clock steps: no account starts twice within its hour, no post is asked for twice
// beyond those in flight, results add up, and in the end home has every post.
func TestNothingIsLostWhateverHappens(t *testing.T) {
	for seed := *firstHistory; seed < *firstHistory+*histories; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel() // the disk is slow, not the processor
			newHistory(t, seed).goThrough()
		})
	}
}

// history is a random series of runs over the same accounts, some of them killed.
type history struct {
	t       *testing.T
	random  *rand.Rand
	dir     string
	clock   *countingClock
	home    *enginetest.Home
	sidekiq *enginetest.Sidekiq
	origin  variedOrigin
	handles []fediverse.Handle
	records *records
	// never are the posts that home refuses.
	never map[string]bool
	// inFlight counts how often each post was in flight when a process was killed.
	inFlight map[string]int
	// limit is that of every run, if they all have the same.
	limit *int
}

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{
		t: t, random: rand.New(rand.NewPCG(seed, 10)), dir: t.TempDir(), origin: variedOrigin{},
		records:  &records{starts: make(map[fediverse.Handle]time.Duration), settled: make(map[string]bool)},
		never:    make(map[string]bool),
		inFlight: make(map[string]int),
	}
	if h.random.IntN(3) == 0 {
		h.sidekiq = enginetest.NewSidekiq()
		h.sidekiq.PerLook = 5 + h.random.IntN(60)
	}
	h.clock, h.home = &countingClock{Clock: backfilltest.NewClock()}, enginetest.NewHome()
	h.home.OnImport = func(uri string, _ int) error {
		if h.never[uri] {
			return backfill.ErrRefused
		}
		return nil
	}
	domains := 1 + h.random.IntN(6)
	if h.random.IntN(2) == 0 {
		n := h.anyLimit()
		h.limit = &n
	}
	for i := range 1 + h.random.IntN(1+h.random.IntN(12)) {
		handle := fediverse.Handle{User: fmt.Sprint("user", i), Domain: fmt.Sprintf("o%d.example", h.random.IntN(domains))}
		a := newVariedAccount(h.random, handle, h.clock.Now().AddDate(0, -1, 0))
		h.handles, h.origin[handle] = append(h.handles, handle), a
		// So few that nobody thinks that the origin limits home.
		for range h.random.IntN(4) {
			if h.sidekiq == nil && len(a.posts) > 0 {
				h.never[a.posts[h.random.IntN(len(a.posts))].URI] = true
			}
		}
	}
	return h
}

// goThrough has runs, and in the end enough of them that nobody kills.
func (h *history) goThrough() {
	for range 1 + h.random.IntN(5) {
		steps := -1
		if h.random.IntN(3) > 0 {
			steps = 1 + h.random.IntN(1+h.random.IntN(800))
		}
		h.run(h.options(), steps)
		h.clock.Step(h.anyStep())
	}
	o := h.options()
	if h.limit == nil {
		o.Limit = 0
	}
	for range 3 {
		h.run(o, -1)
		h.clock.Step(25 * time.Hour)
	}
	for n := 0; h.standing().Unfinished > 0 && n < 20; n++ {
		h.run(o, -1)
		h.clock.Step(25 * time.Hour)
	}
	h.checkPosts(o.Limit)
	h.checkRecorded()
}

func (h *history) anyLimit() int {
	limits := []int{0, 0, 0, 5, 40, 41, 100, 200, 250}
	return limits[h.random.IntN(len(limits))]
}

func (h *history) options() backfill.Options {
	posts := h.anyLimit()
	if h.limit != nil {
		posts = *h.limit
	}
	return backfill.Options{
		Via: backfill.ViaAuto, Limit: posts, Accounts: 1 + h.random.IntN(8),
		DepthFirst: h.random.IntN(4) == 0, Concurrency: 1 + h.random.IntN(8),
		MaxWaiting: 20 + h.random.IntN(200), MaxLatency: time.Minute,
	}
}

// anyStep is how far the clock may be wrong, or how much time may pass.
func (h *history) anyStep() time.Duration {
	steps := []time.Duration{0, time.Second, 10 * time.Minute, time.Hour, 61 * time.Minute, -10 * time.Minute, -time.Hour, -25 * time.Hour, 25 * time.Hour}
	return steps[h.random.IntN(len(steps))]
}

// run runs an engine over all accounts, in any order, and ends it after so many steps;
// never if they are negative.
func (h *history) run(o backfill.Options, steps int) {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	defer cancel()
	// The steps of the engine are not taken in the same order each time.
	d := &death{random: rand.New(rand.NewPCG(h.random.Uint64(), 1)), steps: steps, gentle: h.random.IntN(4) == 0, end: cancel}
	told := &mortalListener{death: d}
	ledger, before := h.open(), maps.Clone(h.taken())
	err := h.engine(o, d, told, ledger).Run(ctx, h.targets())
	if err != nil && !d.isCut() {
		h.t.Fatalf("%+v: %v", o, err)
	}
	if err := ledger.Close(); err != nil {
		h.t.Fatal(err)
	}
	if d.isDead() {
		h.noteInFlight(o, before)
	}
	h.checkResults(o, told.Results(), d.isCut())
}

func (h *history) open() *ledger.Ledger {
	return enginetest.OpenLedger(h.t, h.dir, h.clock)
}

func (h *history) engine(o backfill.Options, d *death, told backfill.Listener, l backfill.Ledger) *backfill.Engine {
	steps := rand.New(rand.NewPCG(h.random.Uint64(), 2))
	mortal := &mortalLedger{Ledger: l, death: d, clock: h.clock, records: h.records, shift: func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if steps.IntN(100) == 0 {
			h.clock.Step(time.Duration(steps.IntN(120)-60) * time.Minute)
		}
	}}
	e := &backfill.Engine{
		Accounts: h.home, Origin: h.origin, Ledger: mortal, Clock: h.clock, Listener: told, Home: "home.example", Options: o,
	}
	if h.sidekiq != nil {
		e.Push = push.Deliverer{Database: h.sidekiq, Workers: mortalWorkers{Workers: h.sidekiq, death: d}}
	} else {
		e.Resolve = resolve.Deliverer{Held: h.home, Importer: mortalHome{Home: h.home, death: d}}
	}
	return e
}

func (h *history) targets() func(func(backfill.Target, error) bool) {
	order := h.random.Perm(len(h.handles))
	return func(yield func(backfill.Target, error) bool) {
		for _, i := range order {
			if !yield(backfill.Target{Handle: h.handles[i]}, nil) {
				return
			}
		}
	}
}

// taken counts how often home was given each post.
func (h *history) taken() map[string]int {
	if h.sidekiq != nil {
		return h.sidekiq.Pushed
	}
	times := h.home.TimesAsked()
	for uri := range h.never {
		delete(times, uri) // what home refuses may be asked for again
	}
	return times
}

// noteInFlight notes which posts were in flight when a process was killed. A job is in
// Sidekiq, and is never pushed again.
func (h *history) noteInFlight(o backfill.Options, before map[string]int) {
	if h.sidekiq != nil {
		return
	}
	lost := 0
	for uri, n := range h.taken() {
		if n > before[uri] && !h.records.isSettled(uri) {
			h.inFlight[uri]++
			lost++
		}
	}
	if lost > o.Concurrency {
		h.t.Errorf("%d posts were in flight, and only %d imports run at a time", lost, o.Concurrency)
	}
}

// checkResults checks the results of one run.
func (h *history) checkResults(o backfill.Options, results []backfill.Result, cut bool) {
	h.t.Helper()
	times := make(map[fediverse.Handle]int)
	for _, r := range results {
		times[r.Account]++
		if r.Status != backfill.Done || r.Recent {
			h.checkEnd(o, r, cut)
			continue
		}
		wanted := len(h.origin[r.Account].posts)
		if o.Limit > 0 {
			wanted = min(wanted, o.Limit)
		}
		// A run that is resumed with a lower limit settles the jobs that it has pushed.
		more := h.sidekiq != nil && h.limit == nil && r.Eligible > wanted
		if r.Eligible != wanted && !more || r.Held+r.Imported+r.Refused+r.Failed != r.Eligible {
			h.t.Errorf("%+v: want %d eligible: %+v", o, wanted, r)
		}
	}
	for _, handle := range h.handles {
		if n := times[handle]; n > 1 || n == 0 && !cut {
			h.t.Errorf("%s has %d results", handle, n)
		}
	}
}

// checkEnd checks how the run of an account has ended that is not done.
func (h *history) checkEnd(o backfill.Options, r backfill.Result, cut bool) {
	h.t.Helper()
	switch {
	case cut, r.Recent, r.Status == backfill.Deferred:
	case r.Status == backfill.Queued && h.sidekiq != nil:
		// The waits of all accounts add up on the test's clock, so its jobs seem to take
		// too long.
	case r.Status == backfill.Partial && h.refuses(r.Account):
		// It had only posts that home refuses.
	default:
		h.t.Errorf("%+v: %+v", o, r)
	}
}

func (h *history) refuses(account fediverse.Handle) bool {
	return slices.ContainsFunc(h.origin[account].posts, func(p fediverse.Post) bool { return h.never[p.URI] })
}

// checkPosts checks that home has the newest posts of each account, and was given each
// one once.
func (h *history) checkPosts(newest int) {
	h.t.Helper()
	for _, handle := range h.records.tooSoon {
		h.t.Errorf("%s started twice within an hour", handle)
	}
	taken := h.taken()
	for handle, a := range h.origin {
		for i := range a.posts {
			uri := enginetest.PostURI(handle, len(a.posts)-1-i)
			n, least := taken[uri], 1
			if newest > 0 && i >= newest {
				least = 0
			}
			if !h.never[uri] && (n < least || n > 1+h.inFlight[uri]) {
				h.t.Errorf("home was given %s of %s %d times, and it was in flight %d times", uri, handle, n, h.inFlight[uri])
			}
		}
	}
}

// checkRecorded checks how many posts all runs together have imported: every post once,
// unless one in flight has arrived unseen. A run that is resumed with another limit does
// not count those beyond it.
func (h *history) checkRecorded() {
	h.t.Helper()
	s, all := h.standing(), len(h.taken())
	if s.Unfinished != 0 {
		h.t.Errorf("%d runs are open in the end", s.Unfinished)
	}
	if s.ImportedToday > all || h.limit != nil && s.ImportedToday < all-len(h.inFlight) {
		h.t.Errorf("the runs have imported %d posts, want %d, of which %d were in flight", s.ImportedToday, all, len(h.inFlight))
	}
}

func (h *history) standing() ledger.Standing {
	h.t.Helper()
	s, err := sqlite.Survey(h.dir, "home.example", h.clock).Standing(h.t.Context(), time.Unix(0, 0))
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}
