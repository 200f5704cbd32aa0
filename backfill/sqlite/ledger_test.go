package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
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

func options(dir string, c backfill.Clock) Options {
	return Options{Dir: dir, Home: "home.example", Clock: c, Limit: limit.Limit{N: 1, Per: time.Hour, Burst: 1}}
}

// opened is a ledger and its file.
type opened struct {
	*ledger.Ledger
	file *file
}

func open(t testing.TB, o Options) *opened {
	t.Helper()
	l, err := openSteps(t.Context(), o, migrations())
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

// openSteps opens a ledger as a version of the program does that knows only some steps.
func openSteps(ctx context.Context, o Options, steps []migration) (*opened, error) {
	f, err := openWith(ctx, o, steps)
	if err != nil {
		return nil, err
	}
	return &opened{ledger.New(f, o.Home, o.Limit), f}, nil
}

// Several processes may create the ledger at once.
func TestRaceForTheFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "tootfill")
	ledgers := make(chan *opened)
	for range 4 {
		go func() {
			l, err := openSteps(t.Context(), options(dir, backfilltest.NewClock()), migrations())
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
		if _, err := l.NextAllowed(t.Context(), ledgertest.Alice); err != nil {
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
	ledgertest.Begin(t, l, ledgertest.Alice)
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
		if err := l.file.writer.QueryRowContext(t.Context(), `PRAGMA `+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", pragma, got, err, want)
		}
	}
	if _, err := l.file.reader.ExecContext(t.Context(), `DELETE FROM runs`); err == nil {
		t.Error("the readers can write")
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
