package sqlite

import (
	"fmt"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
)

// Pages of several accounts are recorded at the same time, by statements that are
// compiled once.
func TestPagesAtOnce(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	const accounts, pages = 6, 12
	errs := make(chan error, accounts)
	for i := range accounts {
		r := begin(t, l, fediverse.Handle{User: fmt.Sprint("user", i), Domain: "photos.example"})
		go func() {
			s, err := backfill.Stretch{}, error(nil)
			for n := pages; n > 0 && err == nil; n-- {
				p := lowerPage("next", 2*n, 2*n-1)
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
	if n := count(t, l, `SELECT count(*) FROM entries`); n != accounts*pages*2 {
		t.Errorf("%d posts", n)
	}
	l.compiled.mu.Lock()
	defer l.compiled.mu.Unlock()
	if len(l.compiled.ready) == 0 {
		t.Error("nothing was compiled")
	}
}
