package report

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

func numbered(i int) fediverse.Handle {
	return fediverse.Handle{User: fmt.Sprint("a", i), Domain: "photos.example"}
}

// crowdAtWork is a run over 400 accounts: 30 of them are read, 10 of those are finished,
// and home takes a post a second.
func crowdAtWork(r *Run) {
	r.Expect(Expectation{Pace: limit.Pace{Requests: 300, Per: 5 * time.Minute}})
	r.Event(backfill.AccountsKnown{Accounts: 400, All: true})
	for i := range 30 {
		r.Event(backfill.AccountStarted{Account: numbered(i)})
		r.Event(backfill.PageListed{Account: numbered(i), Eligible: 40, About: 100})
	}
	for i := range 600 {
		time.Sleep(time.Second)
		r.Event(backfill.PostSettled{Account: numbered(i % 30), URI: "https://photos.example/p", Outcome: backfill.Imported})
	}
	for i := range 10 {
		r.Event(backfill.PageListed{Account: numbered(i), Eligible: 20, All: true})
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: numbered(i), Status: backfill.Done, Imported: 20}})
	}
	time.Sleep(150 * time.Millisecond)
	synctest.Wait()
}

// 20 accounts have 100 posts each and 10 have 20, so the 370 others have 73.3 each: 29333
// posts in all.
func TestBarOverAllAccounts(t *testing.T) {
	for _, tt := range []struct {
		columns int
		want    string
	}{
		{120, "   2% |                    |  10/400 accounts  600/~29333  1.0/s  7h59m  a10@photos.example"},
		{80, "   2% |                    |  10/400 accounts  600/~29333  1.0/s  7h59m"},
		{60, "   2% |        |  10/400  600/~29333  1.0/s  7h59m"},
		{50, "   2% |   |  10/400  600/~29333  1.0/s  7h59m"},
		{40, "   2% |   |  10/400  600  1.0/s  7h59m"},
		{36, "10/400  600/~29333  1.0/s  7h59m"},
		{30, "10/400  600  1.0/s  7h59m"},
		{25, "   2% |   |  10/400"},
	} {
		synctest.Test(t, func(t *testing.T) {
			o, s := onScreen(tt.columns)
			r := Begin(o)
			crowdAtWork(r)
			expect(t, fmt.Sprint(tt.columns, " columns"), s.lastLine(), tt.want)
			if s.wrapped && tt.columns > 60 || s.strange != "" {
				t.Errorf("%d columns: wrapped: %v, strange: %s", tt.columns, s.wrapped, s.strange)
			}
			_ = r.Close(Summary{})
		})
	}
}

func TestLineOverAllAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _, _ := piped()
		r := Begin(o)
		crowdAtWork(r)
		expect(t, "the line", r.progressLine(), "10 of 400 accounts, 600 of ~29333 posts, 1.0/s, 7h59m left")
		_ = r.Close(Summary{})
	})
}

func TestWaitOverAllAccounts(t *testing.T) {
	for _, tt := range []struct {
		columns int
		want    string
	}{
		{90, "10/400 accounts  600/~29333  7h59m  waiting for home.example until 00:14:10 (4m10s)"},
		{80, "10/400 accounts  600/~29333  7h59m  waiting (4m10s)"},
		{50, "10/400  600/~29333  7h59m  waiting (4m10s)"},
		{40, "waiting for home.example until 00:14:10"},
	} {
		synctest.Test(t, func(t *testing.T) {
			o, s := onScreen(tt.columns)
			r := Begin(o)
			crowdAtWork(r)
			r.Event(backfill.Waiting{On: "home.example", Until: r.Clock.Now().Add(250 * time.Second)})
			time.Sleep(150 * time.Millisecond)
			synctest.Wait()
			expect(t, fmt.Sprint(tt.columns, " columns"), s.lastLine(), tt.want)
			_ = r.Close(Summary{})
		})
	}
}

// As long as accounts are still being read from their list, their number is honest.
func TestUnknownNumberOfAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		r := Begin(o)
		r.Event(backfill.AccountsKnown{Accounts: 1})
		r.Event(backfill.AccountsKnown{Accounts: 2})
		r.Event(backfill.AccountStarted{Account: gallery})
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		expect(t, "reading", s.lastLine(), "   0% |                    |  0/2+ accounts  reading gallery@photos.example")
		r.Event(backfill.PageListed{Account: gallery, Eligible: 40, All: true})
		settle(r, gallery, 20, backfill.Imported, "")
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		expect(t, "at work", s.lastLine(), "  24% |████                |  0/2+ accounts  20/80+  1.0/s  1m01s+")
		r.Expect(Expectation{Accounts: 20000})
		expect(t, "by the count of the list", r.progressLine(), "0 of 20000+ accounts, 20 of 800000+ posts, 1.0/s, 9d+ left")
		r.Expect(Expectation{Accounts: 3, Sure: true})
		expect(t, "by the whole list", r.progressLine(), "0 of 3 accounts, 20 of ~120 posts, 1.0/s, 1m42s left")
		_ = r.Close(Summary{})
	})
}

// Between its rounds an account counts as before, but is not the one at work.
func TestAccountsBetweenRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		r := Begin(o)
		r.Event(backfill.AccountsKnown{Accounts: 2, All: true})
		r.Event(backfill.PageListed{Account: gallery, Eligible: 40, About: 60})
		r.Event(backfill.PageListed{Account: notes, Eligible: 10, All: true})
		settle(r, gallery, 40, backfill.Imported, "")
		r.Event(backfill.RoundEnded{Account: gallery})
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		if got := s.lastLine(); !strings.Contains(got, "  0/2 accounts  40/~70  1.0/s  31s") {
			t.Errorf("after a round: %q", got)
		}
		if r.progress.current != notes {
			t.Errorf("%v is at work", r.progress.current)
		}
		r.Event(backfill.RoundBegun{Account: gallery, Round: 1})
		if r.progress.current != gallery {
			t.Errorf("%v is at work", r.progress.current)
		}
		_ = r.Close(Summary{})
	})
}

// The burst at the beginning of a run does not promise that it goes on like that.
func TestTimeLeftKnowsHomesPace(t *testing.T) {
	now := time.Unix(0, 0)
	p := progress{expected: Expectation{Pace: limit.Pace{Requests: 300, Per: 5 * time.Minute}}}
	p.note(backfill.AccountStarted{Account: gallery}, now)
	p.note(backfill.PageListed{Account: gallery, Eligible: 1200, All: true}, now)
	for range 200 {
		now = now.Add(100 * time.Millisecond)
		p.note(backfill.PostSettled{Account: gallery, Outcome: backfill.Imported}, now)
	}
	// 1000 are left, of which the window still has 100.
	if got := p.left(now); got != 900*time.Second {
		t.Errorf("after 200 posts in 20 s: %v", got)
	}
	// What is held costs home no request.
	for range 600 {
		now = now.Add(100 * time.Millisecond)
		p.note(backfill.PostSettled{Account: gallery, Outcome: backfill.Held}, now)
	}
	if got := p.left(now); got < 39*time.Second || got > 41*time.Second {
		t.Errorf("with 600 held: %v", got)
	}
}

// However many accounts are open, an event costs about the same.
func TestProgressOfManyOpenAccounts(t *testing.T) {
	p := progress{}
	now := time.Unix(0, 0)
	const accounts = 20000
	p.note(backfill.AccountsKnown{Accounts: accounts, All: true}, now)
	for i := range accounts {
		p.note(backfill.PageListed{Account: numbered(i), Eligible: 40, About: 100}, now)
	}
	for i := range accounts {
		p.note(backfill.PostSettled{Account: numbered(i), Outcome: backfill.Imported}, now)
		p.posts()
	}
	if done, known, sure := p.posts(); done != accounts || known != 100*accounts || sure != estimated {
		t.Errorf("%d of %d posts, %v", done, known, sure)
	}
	for i := range accounts {
		p.finish(numbered(i))
	}
	if len(p.open)+p.queue.Len() != 0 || p.openPosts != (postSums{}) {
		t.Errorf("%d accounts are left, %+v", len(p.open), p.openPosts)
	}
}
