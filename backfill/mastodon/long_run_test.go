package mastodon

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill/limit"
)

func TestPaceInTheLongRun(t *testing.T) {
	hourly := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "1000")
		w.Header().Set("X-RateLimit-Remaining", "900")
		w.Header().Set("X-RateLimit-Reset", time.Now().Add(30*time.Minute).UTC().Format(time.RFC3339))
		echo(w, r)
	})
	for name, c := range map[string]struct {
		rate    limit.Rate
		home    http.Handler
		unheard string
		heard   string
	}{
		"Mastodon":   {limit.Auto, mastodonLimits(echo), "1 request per second", "300 requests per 5 minutes"},
		"no headers": {limit.Auto, echo, "1 request per second", "1 request per second"},
		"a fixed one": {limit.PerSecond(2.5), mastodonLimits(echo), "2.5 requests per second",
			"2.5 requests per second"},
		"a longer window": {limit.Auto, hourly, "1 request per second", "1000 requests per 30 minutes"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := newFake(t, Options{Rate: c.rate}, c.home)
			if got := s.Pace().String(); got != c.unheard {
				t.Errorf("%s: before the first answer %q, want %q", name, got, c.unheard)
			}
			if _, err := s.Import(t.Context(), "https://photos.example/0"); err != nil {
				t.Fatal(err)
			}
			if got := s.Pace().String(); got != c.heard {
				t.Errorf("%s: %q, want %q", name, got, c.heard)
			}
		})
	}
	s, _ := newFake(t, Options{Rate: limit.Unlimited}, echo)
	if got := s.Pace(); got != (limit.Pace{}) {
		t.Errorf("unlimited: %v", got)
	}
}
