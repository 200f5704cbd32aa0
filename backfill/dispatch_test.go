package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// manyOrigins are accounts of different origins.
func manyOrigins(name string, n int) []fediverse.Handle {
	var handles []fediverse.Handle
	for i := range n {
		handles = append(handles, fediverse.Handle{User: "a", Domain: fmt.Sprintf("%s%d.example", name, i)})
	}
	return handles
}

// hanging is an origin whose servers with hang in their names answer only after
// release is closed.
type hanging struct {
	*enginetest.Origin
	release chan struct{}
	opened  atomic.Int64
}

func (o *hanging) Open(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	if strings.HasPrefix(a.Handle.Domain, "hang") {
		o.opened.Add(1)
		select {
		case <-o.release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return o.Origin.Open(ctx, a)
}

// Origins that hang do not hold up the others, although they come first and are more
// than are worked on at a time.
func TestOriginsThatHangHoldUpNobody(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	o := &hanging{Origin: w.Origin, release: make(chan struct{})}
	w.Engine.Origin, w.Engine.Requester = o, nil
	well := manyOrigins("well", 40)
	finished := 0
	w.Listener.OnEvent = func(e backfill.Event) {
		if e, ok := e.(backfill.AccountFinished); ok && strings.HasPrefix(e.Result.Account.Domain, "well") {
			if finished++; finished == len(well) {
				close(o.release)
			}
		}
	}
	results, err := w.Run(t, append(manyOrigins("hang", 100), well...)...)
	if err != nil || len(results) != 140 {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	for _, r := range results {
		if r.Status != backfill.Done || r.Imported != 3 {
			t.Errorf("%+v", r)
		}
	}
}

// One account at a time means one, even if its origin hangs.
func TestOneAccountAtATime(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	o := &hanging{Origin: w.Origin, release: make(chan struct{})}
	w.Engine.Origin, w.Engine.Options.Accounts = o, 1
	ctx, cancel := context.WithCancel(t.Context())
	w.Listener.OnEvent = func(e backfill.Event) {
		if e, ok := e.(backfill.AccountStarted); ok && e.Account.Domain == "hang0.example" {
			cancel()
		}
	}
	if results, err := w.RunIn(ctx, manyOrigins("hang", 5)...); err == nil || len(results) != 1 {
		t.Errorf("%d results, error %v", len(results), err)
	}
}

// While an account only waits for home, the next one of its origin is listed.
func TestAnAccountThatWaitsForHomeHoldsUpNobody(t *testing.T) {
	w := enginetest.NewWorld(t, 30)
	listed := make(chan struct{})
	w.Home.OnImport = func(uri string, _ int) error {
		if strings.Contains(uri, "/alice/") {
			<-listed
		}
		return nil
	}
	w.Listener.OnEvent = func(e backfill.Event) {
		if e, ok := e.(backfill.PageListed); ok && e.All && e.Account == bob {
			close(listed)
		}
	}
	results, err := w.Run(t, enginetest.Alice, bob)
	if err != nil || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	for _, r := range results {
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
	}
}

// An account with many posts and others share home's imports.
func TestALongAccountStarvesNobody(t *testing.T) {
	w := enginetest.NewWorld(t, 600)
	w.Engine.Options.Concurrency, w.Engine.Options.DepthFirst = 1, true
	short := manyOrigins("short", 10)
	var mu sync.Mutex
	begun := make(chan struct{})
	opened, longs, shorts, before := 0, 0, 0, 0
	w.Home.OnImport = func(uri string, _ int) error {
		<-begun
		mu.Lock()
		defer mu.Unlock()
		if strings.Contains(uri, "/alice/") {
			longs++
		} else if shorts++; shorts == 200 {
			before = longs
		}
		return nil
	}
	w.Listener.OnEvent = func(e backfill.Event) {
		if e, ok := e.(backfill.PageListed); ok && e.All && e.Account != enginetest.Alice {
			if opened++; opened == len(short) {
				close(begun)
			}
		}
	}
	err := w.Engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) {
		few := &backfill.Wanted{Limit: 20, Via: backfill.ViaResolve, NotFollowed: true}
		more := yield(backfill.Target{Handle: enginetest.Alice}, nil)
		for _, h := range short {
			more = more && yield(backfill.Target{Handle: h, Wanted: few}, nil)
		}
	})
	if err != nil || shorts != 200 || longs != 500 {
		t.Fatalf("%d and %d posts, error %v", longs, shorts, err)
	}
	if before > 30 {
		t.Errorf("%d posts of one account came before the 20 of each other one", before)
	}
}

// However many accounts of one busy origin come first, those behind them are begun. What
// waits meanwhile takes little memory.
func TestALongRowOfOneOriginHoldsUpNobody(t *testing.T) {
	const row, mostMemory = 5_000, 12 << 20
	w := enginetest.NewWorld(t, 3)
	o := &hanging{Origin: w.Origin, release: make(chan struct{})}
	w.Engine.Origin = o
	well := manyOrigins("well", 1)[0]
	ctx, cancel := context.WithCancel(t.Context())
	var took int64
	before := heap()
	w.Listener.OnEvent = func(e backfill.Event) {
		if e, ok := e.(backfill.AccountFinished); ok && e.Result.Account == well {
			took = heap() - before
			cancel()
		}
	}
	err := w.Engine.Run(ctx, func(yield func(backfill.Target, error) bool) {
		for i := range row {
			h := fediverse.Handle{User: fmt.Sprint("user", i), Domain: "hang.example"}
			a := &fediverse.Account{
				ID: fmt.Sprint(117687729368619260 + i), Handle: h, Username: h.User, URI: enginetest.ActorURI(h),
				URL: "https://hang.example/@" + h.User, Note: strings.Repeat("much to tell ", 200),
			}
			if !yield(backfill.Target{Handle: h, Account: a, Standing: &backfill.Standing{Following: true}}, nil) {
				return
			}
		}
		yield(backfill.Target{Handle: well}, nil)
	})
	if !errors.Is(err, context.Canceled) || took == 0 {
		t.Fatalf("the account behind the row was not filled: %v", err)
	}
	if t.Logf("%d accounts that wait take %d KiB", row, took>>10); took > mostMemory {
		t.Errorf("%d accounts that wait take %d MiB", row, took>>20)
	}
}

// heap is how much memory is in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
