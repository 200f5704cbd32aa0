package report

import (
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/limit"
)

func TestPlanTexts(t *testing.T) {
	mastodon := limit.Pace{Requests: 300, Per: 5 * time.Minute}
	for name, c := range map[string]struct {
		plan Plan
		want string
	}{
		"all estimated": {
			Plan{Forecast: backfill.Forecast{Accounts: 400, Posts: 39733, Known: 1200, Requests: 40933}, All: true, Pace: mastodon},
			"400 accounts, about 40,000 posts (1,200 known so far): 11 h at 300 requests per 5 minutes",
		},
		"nothing known": {
			Plan{Forecast: backfill.Forecast{Accounts: 400, Posts: 200000, Requests: 201200, AtMost: true}, All: true, Pace: mastodon},
			"400 accounts, at most 200,000 posts: at most 56 h at 300 requests per 5 minutes",
		},
		"all known": {
			Plan{Forecast: backfill.Forecast{Accounts: 1, Posts: 5400, Known: 5400, Requests: 5403}, All: true, Pace: mastodon},
			"1 account, about 5,400 posts: 91 min at 300 requests per 5 minutes",
		},
		"without a limit of posts": {
			Plan{Forecast: backfill.Forecast{Accounts: 20, Posts: 6000, Known: 6000, Requests: 6060, Uncounted: 19}, All: true, Pace: mastodon},
			"20 accounts, 19 of them with an unknown number of posts, at least 6,000 posts: at least 101 min at 300 requests per 5 minutes",
		},
		"nothing counted": {
			Plan{Forecast: backfill.Forecast{Accounts: 20, Uncounted: 20}, All: true, Pace: mastodon},
			"20 accounts, 20 of them with an unknown number of posts: at 300 requests per 5 minutes",
		},
		"a list with a count": {
			Plan{Forecast: backfill.Forecast{Accounts: 2000, Posts: 100000, Requests: 106000}, Listed: 20123, Pace: mastodon},
			"about 20,000 accounts, about 1,000,000 posts: 12 days at 300 requests per 5 minutes",
		},
		"a list that goes on": {
			Plan{Forecast: backfill.Forecast{Accounts: 2000, Posts: 100000, Requests: 106000}, Pace: mastodon},
			"more than 2,000 accounts, at least 100,000 posts: at least 29 h at 300 requests per 5 minutes",
		},
		"a list that goes on, of unknown accounts": {
			Plan{Forecast: backfill.Forecast{Accounts: 2000, Posts: 100000, Requests: 106000, AtMost: true}, Pace: mastodon},
			"more than 2,000 accounts, about 100,000 posts or more: about 29 h or more at 300 requests per 5 minutes",
		},
		"home's own workers": {
			Plan{Forecast: backfill.Forecast{Accounts: 400, Posts: 200000, Requests: 201200, AtMost: true}, All: true, Home: "home.example"},
			"400 accounts, at most 200,000 posts: as fast as home.example takes them",
		},
		"a time limit": {
			Plan{Forecast: backfill.Forecast{Accounts: 400, Posts: 40000, Requests: 41200}, All: true, Pace: mastodon, MaxTime: 3 * time.Hour},
			"400 accounts, about 40,000 posts: 11 h at 300 requests per 5 minutes; --max-time ends the run after 3h00m",
		},
		"a time limit that is long enough": {
			Plan{Forecast: backfill.Forecast{Accounts: 400, Posts: 40000, Requests: 41200}, All: true, Pace: limit.Pace{Requests: 10, Per: time.Second}, MaxTime: 3 * time.Hour},
			"400 accounts, about 40,000 posts: 69 min at 10 requests per second",
		},
		"route request": {
			Plan{Forecast: backfill.Forecast{Accounts: 20000, Requests: 20000}, All: true, Pace: mastodon},
			"20,000 accounts: 6 h at 300 requests per 5 minutes",
		},
	} {
		if got := c.plan.String(); got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, c.want)
		}
	}
}

func TestNumbersInPlans(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]int{0: 0, 99: 99, 104: 100, 105: 110, 39733: 40000, 5432: 5400, 999: 1000} {
		if got := rounded(n); got != want {
			t.Errorf("%d is rounded to %d, want %d", n, got, want)
		}
	}
}
