package sqlite

import (
	"fmt"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledgertest"
)

// Pages of several accounts are recorded at the same time, by statements that are
// compiled once.
func TestPagesAtOnce(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	const accounts, pages = 6, 12
	errs := make(chan error, accounts)
	for i := range accounts {
		r := ledgertest.Begin(t, l, fediverse.Handle{User: fmt.Sprint("user", i), Domain: "photos.example"})
		go func() {
			s, err := backfill.Stretch{}, error(nil)
			for n := pages; n > 0 && err == nil; n-- {
				p := ledgertest.LowerPage("next", 2*n, 2*n-1)
				p.First = n == pages
				s, _, err = l.RecordPage(t.Context(), r, s.ID, p)
			}
			errs <- err
		}()
	}
	for range accounts {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := ledgertest.Count(t, l.file, `SELECT count(*) FROM entries`); n != accounts*pages*2 {
		t.Errorf("%d posts", n)
	}
	l.file.compiled.mu.Lock()
	defer l.file.compiled.mu.Unlock()
	if len(l.file.compiled.ready) == 0 {
		t.Error("nothing was compiled")
	}
}

// What is read again and again is compiled, and shows what was written since. A ledger
// that is only looked at compiles nothing for later.
func TestReadingAgain(t *testing.T) {
	clock := backfilltest.NewClock()
	o := options(t.TempDir(), clock)
	l := open(t, o)
	readAgain := func(l *opened, want time.Time) {
		t.Helper()
		for range 3 {
			if until, err := l.PausedUntil(t.Context(), "photos.example"); err != nil || !until.Equal(want) {
				t.Errorf("until %s, %v; want %s", until, err, want)
			}
		}
	}
	readAgain(l, time.Time{})
	until := clock.Now().Add(time.Hour).Truncate(time.Millisecond)
	if err := l.Pause(t.Context(), "photos.example", until); err != nil {
		t.Fatal(err)
	}
	readAgain(l, until)
	if len(l.file.reader.compiled.ready) == 0 {
		t.Error("nothing was compiled")
	}
	o.ReadOnly = true
	readAgain(open(t, o), until)
}
