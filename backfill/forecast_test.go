package backfill_test

import (
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/replies"
)

func foresee(t *testing.T, e *backfill.Engine, target backfill.Target) backfill.Forecast {
	t.Helper()
	var f backfill.Forecast
	if err := e.Foresee(t.Context(), target, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestForecastOfUnknownAccounts(t *testing.T) {
	counted := func(posts int) *fediverse.Account {
		return &fediverse.Account{ID: "1", Handle: enginetest.Alice, Posts: posts}
	}
	for name, c := range map[string]struct {
		change  func(*backfill.Options)
		account *fediverse.Account
		wanted  *backfill.Wanted
		// replies are brought by home itself if this is nil.
		replies backfill.Replies
		want    backfill.Forecast
	}{
		"nothing known":      {want: backfill.Forecast{Posts: 500, Requests: 503, AtMost: true}},
		"home does not say":  {account: counted(0), want: backfill.Forecast{Posts: 500, Requests: 503, AtMost: true}},
		"few posts":          {account: counted(120), want: backfill.Forecast{Posts: 120, Requests: 123}},
		"more than wanted":   {account: counted(9000), want: backfill.Forecast{Posts: 500, Requests: 503}},
		"all posts":          {change: func(o *backfill.Options) { o.Limit = 0 }, want: backfill.Forecast{Uncounted: 1}},
		"all, and their sum": {change: func(o *backfill.Options) { o.Limit = 0 }, account: counted(9000), want: backfill.Forecast{Posts: 9000, Requests: 9003}},
		"replies":            {change: func(o *backfill.Options) { o.Replies = true }, account: counted(120), want: backfill.Forecast{Posts: 120, Requests: 243}},
		"replies of many":    {change: func(o *backfill.Options) { o.Replies = true }, account: counted(9000), want: backfill.Forecast{Posts: 500, Requests: 703}},
		"replies, by hand":   {change: func(o *backfill.Options) { o.Replies = true }, account: counted(9000), replies: replies.Replies{}, want: backfill.Forecast{Posts: 500, Requests: 1003}},
		"fewer replies":      {change: func(o *backfill.Options) { o.Replies = true }, account: counted(9000), replies: replies.Replies{HomeFetches: true, Limits: replies.Limits{Threads: 50}}, want: backfill.Forecast{Posts: 500, Requests: 553}},
		"no replies wanted":  {account: counted(120), want: backfill.Forecast{Posts: 120, Requests: 123}},
		"route request":      {change: func(o *backfill.Options) { o.Via = backfill.ViaRequest }, want: backfill.Forecast{Requests: 1}},
		"left out":           {change: func(o *backfill.Options) { o.Exclusions = leaveOut(t, false, "photos.example") }, want: backfill.Forecast{}},
		"its own limit":      {wanted: &backfill.Wanted{Limit: 20, Via: backfill.ViaResolve}, want: backfill.Forecast{Posts: 20, Requests: 23, AtMost: true}},
	} {
		w := enginetest.NewWorld(t, 10)
		if c.change != nil {
			c.change(&w.Engine.Options)
		}
		w.Engine.Replies = replies.Replies{HomeFetches: true}
		if c.replies != nil {
			w.Engine.Replies = c.replies
		}
		c.want.Accounts = 1
		if got := foresee(t, w.Engine, backfill.Target{Handle: enginetest.Alice, Account: c.account, Wanted: c.wanted}); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if n := len(w.Listener.Events); n != 0 {
			t.Errorf("%s: %d events", name, n)
		}
	}
}

// What the ledger knows of an account counts.
func TestForecastByTheLedger(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Engine.Options.Limit = 40
	w.FillAlice(t)
	alice := backfill.Target{Handle: enginetest.Alice}
	check := func(what string, limit int, want backfill.Forecast) {
		t.Helper()
		w.Engine.Options.Limit = limit
		if got := foresee(t, w.Engine, alice); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	nothing := backfill.Forecast{Accounts: 1}
	check("the same again", 40, nothing)
	check("more within the hour", 70, nothing)
	w.Clock.Step(61 * time.Minute)
	check("the same an hour later", 40, nothing)
	check("more, of which nobody knows whether they exist", 70, backfill.Forecast{Accounts: 1, Posts: 30, Requests: 33, AtMost: true})
	check("all", 0, backfill.Forecast{Accounts: 1, Uncounted: 1})
	w.Engine.Options.Limit = 0
	w.FillAlice(t)
	w.Clock.Step(61 * time.Minute)
	check("once all are there", 0, nothing)
	check("once all are there, and more than there are are wanted", 5000, nothing)
}
