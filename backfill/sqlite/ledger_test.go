package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdDir); dir != "" {
		os.Exit(holdClaim(dir))
	}
	if dir := os.Getenv(idleDir); dir != "" {
		os.Exit(openIdly(dir))
	}
	if dir := os.Getenv(comingDir); dir != "" {
		os.Exit(comeAndGo(dir))
	}
	if dir := os.Getenv(roomDir); dir != "" {
		os.Exit(openWithoutRoom(dir))
	}
	goleak.VerifyTestMain(m)
}

var (
	alice = fediverse.Handle{User: "alice", Domain: "photos.example"}
	bob   = fediverse.Handle{User: "bob", Domain: "notes.example"}
)

func options(dir string, c backfill.Clock) Options {
	return Options{Dir: dir, Home: "home.example", Clock: c, Limit: limit.Limit{N: 1, Per: time.Hour, Burst: 1}}
}

func open(t testing.TB, o Options) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func begin(t testing.TB, l *Ledger, h fediverse.Handle) backfill.Run {
	t.Helper()
	r, err := l.Begin(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func finish(t testing.TB, l *Ledger, r backfill.Run, open bool) {
	t.Helper()
	status := backfill.Done
	if open {
		status = backfill.Interrupted
	}
	if err := recordEnd(t.Context(), l, r, backfill.Result{Status: status, Route: backfill.RouteResolve}, open); err != nil {
		t.Fatal(err)
	}
}

func recordEnd(ctx context.Context, l *Ledger, r backfill.Run, result backfill.Result, open bool) error {
	return l.Settle(ctx, backfill.Settlement{Account: r.Account, Run: &r, Result: result, StaysOpen: open})
}

func deferTo(ctx context.Context, l *Ledger, d backfill.Deferral) error {
	return l.Settle(ctx, backfill.Settlement{Account: d.Account, Deferral: &d})
}

func undefer(ctx context.Context, l *Ledger, h fediverse.Handle) error {
	return l.Settle(ctx, backfill.Settlement{Account: h, Undefer: true})
}

func wantLimited(t *testing.T, l *Ledger, h fediverse.Handle, next time.Time) {
	t.Helper()
	_, err := l.Begin(t.Context(), h)
	var limited *backfill.LimitedError
	if !errors.As(err, &limited) {
		t.Fatalf("Begin: %v, want a *LimitedError", err)
	}
	if d := limited.NextAllowed.Sub(next); d < 0 || d > time.Second {
		t.Errorf("next allowed at %v, want %v", limited.NextAllowed, next)
	}
	if at, err := l.NextAllowed(t.Context(), h); err != nil || !at.Equal(limited.NextAllowed) {
		t.Errorf("NextAllowed = %v, %v, want %v", at, err, limited.NextAllowed)
	}
}

func wantBusy(t *testing.T, l *Ledger, h fediverse.Handle, pid int) {
	t.Helper()
	_, err := l.Begin(t.Context(), h)
	var busy *backfill.BusyError
	if !errors.As(err, &busy) || busy.PID != pid {
		t.Fatalf("Begin: %v, want process %d to be busy", err, pid)
	}
}

func TestOneStartInAnHour(t *testing.T) {
	c := backfilltest.NewClock()
	dir := t.TempDir()
	l := open(t, options(dir, c))
	start := c.Now()
	if at, err := l.NextAllowed(t.Context(), alice); err != nil || !at.IsZero() {
		t.Fatalf("NextAllowed of an unknown account = %v, %v", at, err)
	}
	finish(t, l, begin(t, l, alice), false)
	wantLimited(t, l, alice, start.Add(time.Hour))
	begin(t, l, bob)

	// Another process, an hour that is almost over, another home.
	c.Step(time.Hour - time.Millisecond)
	other := open(t, options(dir, c))
	wantLimited(t, other, alice, start.Add(time.Hour))
	elsewhere := options(dir, c)
	elsewhere.Home = "elsewhere.example"
	begin(t, open(t, elsewhere), alice)

	c.Step(time.Second)
	if r := begin(t, other, alice); r.Resumed || r.ID == 0 {
		t.Errorf("an hour later: %+v", r)
	}
}

func TestClockStepsBack(t *testing.T) {
	for _, step := range []time.Duration{time.Minute, time.Hour, 365 * 24 * time.Hour} {
		c := backfilltest.NewClock()
		l := open(t, options(t.TempDir(), c))
		start := c.Now()
		finish(t, l, begin(t, l, alice), false)
		for range 3 {
			c.Step(-step)
			at, err := l.NextAllowed(t.Context(), alice)
			if err != nil || at.After(c.Now().Add(time.Hour+time.Second)) {
				t.Fatalf("back by %v: next allowed at %v, %v", step, at, err)
			}
			wantLimited(t, l, alice, c.Now().Add(time.Hour))
		}
		c.Step(time.Hour + time.Second)
		begin(t, l, alice)
		if now := c.Now(); step > time.Hour && !now.Before(start) {
			t.Errorf("back by %v: waited until %v", step, now)
		}
	}
}

func TestResume(t *testing.T) {
	c := backfilltest.NewClock()
	dir := t.TempDir()
	l := open(t, options(dir, c))
	first := begin(t, l, alice)
	wantBusy(t, l, alice, os.Getpid())
	c.Step(time.Minute)
	finish(t, l, first, true)
	if at, err := l.NextAllowed(t.Context(), alice); err != nil || !at.IsZero() {
		t.Errorf("NextAllowed of an open run = %v, %v", at, err)
	}
	for range 3 {
		r := begin(t, l, alice)
		if !r.Resumed || r.ID != first.ID || !r.StartedAt.Equal(first.StartedAt) {
			t.Errorf("%+v, want %+v resumed", r, first)
		}
		// Closing in the middle is like an interruption.
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, options(dir, c))
	}
	finish(t, l, begin(t, l, alice), false)
	wantLimited(t, l, alice, first.StartedAt.Add(time.Hour))
	if err := recordEnd(t.Context(), l, first, backfill.Result{}, false); !errors.Is(err, errNotClaimed) {
		t.Errorf("a second Finish: %v", err)
	}
	if _, _, err := l.RecordPage(t.Context(), first, 0, backfill.ListedPage{First: true}); !errors.Is(err, errNotClaimed) {
		t.Errorf("RecordPage after Finish: %v", err)
	}
}

func TestLastBackfill(t *testing.T) {
	c := backfilltest.NewClock()
	l := open(t, options(t.TempDir(), c))
	want := func(at time.Time) {
		t.Helper()
		if got, err := l.LastBackfill(t.Context(), alice); err != nil || !got.Equal(at) {
			t.Errorf("LastBackfill = %v, %v, want %v", got, err, at)
		}
	}
	want(time.Time{})
	first := begin(t, l, alice)
	want(first.StartedAt)
	finish(t, l, first, false)
	c.Step(2 * time.Hour)
	r := begin(t, l, alice)
	if err := recordEnd(t.Context(), l, r, backfill.Result{Status: backfill.FailedAccount}, false); err != nil {
		t.Fatal(err)
	}
	want(first.StartedAt)
}

func TestTwoProcesses(t *testing.T) {
	c := backfilltest.NewClock()
	dir := t.TempDir()
	one, two := open(t, options(dir, c)), open(t, options(dir, c))
	r := begin(t, one, alice)
	wantBusy(t, two, alice, os.Getpid())
	begin(t, two, bob)
	if _, _, err := two.RecordPage(t.Context(), r, 0, backfill.ListedPage{First: true}); !errors.Is(err, errNotClaimed) {
		t.Errorf("another process records for a run that is not its own: %v", err)
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if r := begin(t, two, alice); !r.Resumed {
		t.Errorf("%+v, want it resumed", r)
	}
	if locks, err := filepath.Glob(filepath.Join(dir, "owners", "*")); err != nil || len(locks) != 1 {
		t.Errorf("lock files: %v, %v", locks, err)
	}
	if _, err := one.Begin(t.Context(), bob); !errors.Is(err, errClosed) {
		t.Errorf("Begin after Close: %v", err)
	}
}

// Of many processes that begin at once, exactly one gets the account.
func TestRaceForAnAccount(t *testing.T) {
	c := backfilltest.NewClock()
	dir := t.TempDir()
	const ledgers, each = 3, 4
	errs := make(chan error, ledgers*each)
	for range ledgers {
		l := open(t, options(dir, c))
		for range each {
			go func() {
				_, err := l.Begin(t.Context(), alice)
				errs <- err
			}()
		}
	}
	won := 0
	for range ledgers * each {
		err := <-errs
		var busy *backfill.BusyError
		if err == nil {
			won++
		} else if !errors.As(err, &busy) {
			t.Errorf("Begin: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d got the account", won)
	}
}

// Several processes may create the ledger at once.
func TestRaceForTheFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "tootfill")
	ledgers := make(chan *Ledger)
	for range 4 {
		go func() {
			l, err := Open(t.Context(), options(dir, backfilltest.NewClock()))
			if err != nil {
				t.Error(err)
			}
			ledgers <- l
		}()
	}
	for range 4 {
		l := <-ledgers
		if l == nil {
			continue
		}
		if _, err := l.NextAllowed(t.Context(), alice); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state #1?%41")
	l := open(t, options(dir, backfilltest.NewClock()))
	begin(t, l, alice)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "ledger.db")); err != nil {
		t.Error(err)
	}
}

func TestDurability(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "60000"} {
		var got string
		if err := l.writer.QueryRowContext(t.Context(), `PRAGMA `+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", pragma, got, err, want)
		}
	}
	if _, err := l.reader.ExecContext(t.Context(), `DELETE FROM runs`); err == nil {
		t.Error("the readers can write")
	}
}

func TestCancelled(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Begin(ctx, alice); !errors.Is(err, context.Canceled) {
		t.Errorf("Begin: %v", err)
	}
	if _, err := l.NextAllowed(ctx, alice); !errors.Is(err, context.Canceled) {
		t.Errorf("NextAllowed: %v", err)
	}
}

func TestOpenNeedsItsOptions(t *testing.T) {
	good := options(t.TempDir(), backfilltest.NewClock())
	for _, spoil := range []func(*Options){
		func(o *Options) { o.Dir = "" }, func(o *Options) { o.Home = "" }, func(o *Options) { o.Clock = nil },
		func(o *Options) { o.Limit = limit.Limit{} },
	} {
		o := good
		spoil(&o)
		if l, err := Open(t.Context(), o); err == nil {
			t.Errorf("Open(%+v) = %v", o, l)
		}
	}
}

// The engine asks NextAllowed before it begins, and a refusal has no further effect.
func TestClockStepsBackBeforeNextAllowed(t *testing.T) {
	clock := backfilltest.NewClock()
	l := open(t, options(t.TempDir(), clock))
	finish(t, l, begin(t, l, alice), false)
	clock.Step(-24 * time.Hour)
	first, err := l.NextAllowed(t.Context(), alice)
	if err != nil || first.Sub(clock.Now()) > time.Hour+time.Second {
		t.Fatalf("next allowed at %v, now %v, error %v", first, clock.Now(), err)
	}
	clock.Step(50 * time.Minute)
	if second, err := l.NextAllowed(t.Context(), alice); err != nil || second.Sub(first).Abs() > time.Second {
		t.Errorf("then at %v instead of %v, error %v", second, first, err)
	}
	clock.Step(10*time.Minute + time.Second)
	if third, err := l.NextAllowed(t.Context(), alice); err != nil || !third.IsZero() {
		t.Errorf("after an hour: %v, error %v", third, err)
	}
}
