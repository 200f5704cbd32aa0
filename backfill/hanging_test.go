package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// halfHanging are origins of which those named dead*.example hang until the client
// gives up.
type halfHanging struct{ *enginetest.Origin }

// The time that a request takes: until the client gives up, and otherwise.
const (
	hangs   = 30 * time.Second
	answers = time.Second
)

func (o halfHanging) Open(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	if !strings.HasPrefix(a.Handle.Domain, "dead") {
		if err := (backfill.SystemClock{}).Wait(ctx, answers); err != nil {
			return nil, err
		}
		return o.Origin.Open(ctx, a)
	}
	if err := (backfill.SystemClock{}).Wait(ctx, hangs); err != nil {
		return nil, err
	}
	return nil, &backfill.OriginError{Host: a.Handle.Domain, Cause: backfill.Unreachable, Err: errors.New("no answer in time"), Down: true}
}

// finishTimes notes when accounts have finished.
type finishTimes struct {
	began time.Time
	mu    sync.Mutex
	after map[string]time.Duration
	all   map[string]backfill.Result
}

func (f *finishTimes) Event(e backfill.Event) {
	if done, ok := e.(backfill.AccountFinished); ok {
		f.mu.Lock()
		defer f.mu.Unlock()
		domain := done.Result.Account.Domain
		f.after[domain], f.all[domain] = time.Since(f.began), done.Result
	}
}

// TestHalfOfTheOriginsHang: accounts on origins that hang hold up nobody else, and are
// deferred.
func TestHalfOfTheOriginsHang(t *testing.T) {
	const origins = 200
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ledger := enginetest.OpenLedger(t, dir, backfill.SystemClock{})
		w := enginetest.NewWorld(t, 3)
		heard := &finishTimes{began: time.Now(), after: make(map[string]time.Duration), all: make(map[string]backfill.Result)}
		w.Origin.Top = time.Now()
		w.Engine.Ledger, w.Engine.Clock, w.Engine.Listener = ledger, backfill.SystemClock{}, heard
		w.Engine.Origin, w.Engine.Requester = halfHanging{w.Origin}, nil
		var handles []fediverse.Handle
		for i := range origins {
			kind := "dead"
			if i%2 == 1 {
				kind = "well"
			}
			handles = append(handles, fediverse.Handle{User: "alice", Domain: fmt.Sprintf("%s%d.example", kind, i)})
		}
		_, err := w.Run(t, handles...)
		if err = errors.Join(err, ledger.Close()); err != nil {
			t.Fatal(err)
		}
		for _, h := range handles {
			r, after := heard.all[h.Domain], heard.after[h.Domain]
			want, latest := backfill.Done, hangs/3
			if strings.HasPrefix(h.Domain, "dead") {
				want, latest = backfill.Deferred, 2*hangs
			}
			if r.Status != want || after > latest {
				t.Fatalf("%s: %s (%s) after %s, want %s within %s", h, r.Status, r.Reason, after, want, latest)
			}
		}
	})
}
