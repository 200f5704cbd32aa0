package backfill

import (
	"testing"
	"time"
)

func TestWhatAPastRunHasCovered(t *testing.T) {
	began := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	now := began.Add(20 * time.Minute)
	ago := func(days int) time.Time { return began.AddDate(0, 0, -days) }
	past := func(eligible int, w Wanted) PastRun {
		return PastRun{Wanted: &w, StartedAt: began, Route: RouteResolve, Status: Done, Eligible: eligible}
	}
	for name, c := range map[string]struct {
		past PastRun
		now  Wanted
		want bool
	}{
		"the same":                     {past(500, Wanted{Limit: 500}), Wanted{Limit: 500}, true},
		"fewer":                        {past(500, Wanted{Limit: 500}), Wanted{Limit: 100}, true},
		"more":                         {past(100, Wanted{Limit: 100}), Wanted{Limit: 500}, false},
		"all":                          {past(100, Wanted{Limit: 100}), Wanted{}, false},
		"all of few":                   {past(99, Wanted{Limit: 100}), Wanted{}, true},
		"some of all":                  {past(900, Wanted{}), Wanted{Limit: 100}, true},
		"a longer time":                {past(9, Wanted{Since: ago(30)}), Wanted{Since: ago(60)}, false},
		"a shorter time":               {past(9, Wanted{Since: ago(30)}), Wanted{Since: ago(20)}, true},
		"no time":                      {past(9, Wanted{Since: ago(30)}), Wanted{}, false},
		"a time of all":                {past(9, Wanted{}), Wanted{Since: ago(30)}, true},
		"an age that has moved on":     {past(9, Wanted{Until: ago(30)}), Wanted{Until: ago(30).Add(20 * time.Minute)}, true},
		"a later end":                  {past(9, Wanted{Until: ago(30)}), Wanted{Until: ago(29)}, false},
		"no end":                       {past(9, Wanted{Until: ago(30)}), Wanted{}, false},
		"an earlier end of all":        {past(9, Wanted{Until: ago(30)}), Wanted{Until: ago(40)}, true},
		"an earlier end of the newest": {past(9, Wanted{Limit: 9}), Wanted{Limit: 9, Until: ago(40)}, false},
		"boosts, too":                  {past(9, Wanted{}), Wanted{Boosts: true}, false},
		"boosts no more":               {past(9, Wanted{Boosts: true}), Wanted{}, true},
		"boosts no more of the newest": {past(9, Wanted{Boosts: true, Limit: 9}), Wanted{Limit: 9}, false},
		"another listing":              {past(9, Wanted{}), Wanted{Listing: "feed"}, false},
		"home asked":                   {past(9, Wanted{}), Wanted{Via: ViaRequest}, false},
		"by home, again": {PastRun{Wanted: &Wanted{Via: ViaAuto}, Route: RouteRequest, Status: Queued, StartedAt: began},
			Wanted{Via: ViaAuto, Limit: 9}, true},
		"by home, and now here": {PastRun{Wanted: &Wanted{Via: ViaAuto}, Route: RouteRequest, Status: Queued, StartedAt: began},
			Wanted{Via: ViaResolve}, false},
		"posts to be tried again": {PastRun{Wanted: &Wanted{}, Status: Done, StartedAt: began, RetryAt: now}, Wanted{}, false},
		"open":                    {PastRun{Wanted: &Wanted{}, Status: Queued, StartedAt: began, Open: true}, Wanted{}, false},
		"failed":                  {PastRun{Wanted: &Wanted{}, Status: FailedAccount, StartedAt: began}, Wanted{}, false},
		"partial":                 {PastRun{Wanted: &Wanted{}, Status: Partial, StartedAt: began}, Wanted{}, false},
		"of an older tootfill":    {PastRun{Status: Done, StartedAt: began}, Wanted{}, false},
		"none":                    {PastRun{}, Wanted{}, false},
	} {
		if got := c.past.leavesNothing(c.now, now); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
