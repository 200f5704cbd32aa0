package report

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// The terminal, which wraps what it shows, is made narrower, still narrower, and wide again, while the bar is shown.
func TestResizedInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(100)
		r := Begin(o)
		r.Event(backfill.PageListed{Account: gallery, Eligible: 40, All: true})
		r.Event(backfill.AccountFinished{Result: failedResult(lost, "home.example answered 403: Just a moment…")})
		settle(r, gallery, 10, backfill.Imported, "")
		for _, columns := range []int{40, 25, 200} {
			s.resize(columns)
			time.Sleep(150 * time.Millisecond)
			synctest.Wait()
			if text := s.text(); strings.Count(text, "1/2+") != 1 {
				t.Errorf("%d columns, more than one bar, or none:\n%s", columns, text)
			}
			settle(r, gallery, 3, backfill.Imported, "")
		}
		s.resize(40)
		r.Event(backfill.AccountFinished{Result: failedResult(notes, "home.example answered 404: Just a moment…")})
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.Done, Imported: 19, Held: 21}})
		_ = r.Close(Summary{})
		expect(t, "at the end", s.text(), `lost@gone.example: failed
: home.example
answered 403: Just a mome
nt…
notes@notes.example: failed:
  home.example answered 404: Just a
  moment…
gallery@photos.example: imported 19,
  21 already held
Visited 3 accounts, imported 19 posts,
  21 already held; 2 accounts failed
`)
		if s.wrapped || s.strange != "" {
			t.Errorf("wrapped: %v, strange: %s", s.wrapped, s.strange)
		}
	})
}

func failedResult(h fediverse.Handle, reason string) backfill.Result {
	return backfill.Result{Account: h, Status: backfill.FailedAccount, Reason: reason}
}

// xterm crops the bar, so that nothing above it is to be erased.
func TestNothingIsErasedAboveACroppedBar(t *testing.T) {
	s := newScreen(20)
	_, _ = s.Write([]byte("a result\n"))
	b := &bar{w: s, crops: true, shown: true, frame: strings.Repeat("=", 50)}
	b.erase()
	expect(t, "cropped", s.text(), "a result\n")
}
