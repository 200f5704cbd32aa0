package sandbox

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// rate is what the headers of an answer say.
type rate struct{ limit, remaining, reset string }

func (r reply) rate() rate {
	return rate{r.header.Get("X-RateLimit-Limit"), r.header.Get("X-RateLimit-Remaining"), r.header.Get("X-RateLimit-Reset")}
}

func TestThrottleWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{InMemory: true, Empty: true})
		time.Sleep(299*time.Second + 250*time.Millisecond) // the bubble begins with a full window
		if got, want := w.get("/api/v1/instance").rate(), (rate{"300", "299", "2000-01-01T00:05:00.250000Z"}); got != want {
			t.Errorf("first request: %v, want %v", got, want)
		}
		time.Sleep(time.Second)
		for range 299 {
			w.get("/api/v1/instance")
		}
		if got, want := w.get("/api/v1/instance").rate(), (rate{"300", "0", "2000-01-01T00:10:00.250000Z"}); got != want {
			t.Errorf("last request of the window: %v, want %v", got, want)
		}
		r := w.get("/api/v1/instance")
		if r.status != http.StatusTooManyRequests || r.body != `{"error":"Too many requests"}` {
			t.Errorf("one too many: %d %s", r.status, r.body)
		}
		if got, want := r.rate(), (rate{"300", "0", "2000-01-01T00:10:00.250000Z"}); got != want {
			t.Errorf("429: %v, want %v", got, want)
		}
		if r.header.Get("Retry-After") != "" {
			t.Error("Mastodon sends no Retry-After")
		}
		if got := r.header.Get("Date"); got != "Sat, 01 Jan 2000 00:05:00 GMT" {
			t.Errorf("Date: %s", got)
		}
		time.Sleep(5 * time.Minute)
		if r := w.get("/api/v1/instance"); r.status != http.StatusOK {
			t.Errorf("the window does not end: %d", r.status)
		}
		if n := w.Home().Throttled(); n != 1 {
			t.Errorf("throttled %d, want 1", n)
		}
		w.close()
	})
}

func TestPagingHasAWindowOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{InMemory: true})
		path := "/api/v1/accounts/" + w.accountID("ben@notes.example") + "/statuses?max_id=999999999999999999"
		for range 150 {
			w.get(path)
		}
		if got := w.get(path).rate(); got.remaining != "148" {
			t.Errorf("%v, want the token's window to be the tighter one", got)
		}
		time.Sleep(5 * time.Minute)
		if got, want := w.get(path).rate(), (rate{"300", "148", "2000-01-01T00:15:00.000000Z"}); got != want {
			t.Errorf("%v, want the paging window %v", got, want)
		}
		for range 148 {
			w.get(path)
		}
		if r := w.get(path); r.status != http.StatusTooManyRequests {
			t.Errorf("the 301st page: %d", r.status)
		}
		if r := w.get("/api/v1/instance"); r.status != http.StatusOK {
			t.Errorf("a request without paging: %d", r.status)
		}
		w.close()
	})
}

func TestThrottleByUserAndAddress(t *testing.T) {
	w := begin(t, Options{Empty: true})
	h := w.Home()
	h.AddToken("second", "read")
	h.SetLimits(Limits{User: Limit{3, time.Hour}, Token: Limit{2, time.Hour}, Address: Limit{1, time.Hour}})
	steps := []struct {
		token string
		want  int
	}{
		{Token, 200}, {Token, 200}, {Token, 429}, // the token's own limit; the user's counts on to 3
		{"second", 429}, // the user's limit
		{"", 200}, {"", 429}, {"nonsense", 429},
	}
	for i, s := range steps {
		header := []string{}
		if s.token != "" {
			header = []string{"Authorization", "Bearer " + s.token}
		}
		if r := w.fetch("https://home.example/api/v1/instance", header...); r.status != s.want {
			t.Errorf("step %d: %d, want %d", i, r.status, s.want)
		}
	}
}

func TestLimitsOfOtherKinds(t *testing.T) {
	w := begin(t, Options{Empty: true})
	h := w.Home()
	h.SetLimits(Limits{})
	if got := w.get("/api/v1/instance").rate(); got != (rate{}) {
		t.Errorf("headers without a limit: %v", got)
	}
	h.SetLimits(Limits{Token: Limit{5, time.Hour}, NoHeaders: true})
	if got := w.get("/api/v1/instance").rate(); got != (rate{}) {
		t.Errorf("headers that were turned off: %v", got)
	}
	h.Spend(Token, 4)
	if r := w.get("/api/v1/instance"); r.status != http.StatusTooManyRequests {
		t.Errorf("after another program spent the rest: %d", r.status)
	}
	h.SetLimits(Limits{Everything: Limit{1, time.Hour}, RetryAfter: true})
	w.get("/nodeinfo/2.0")
	r := w.get("/nodeinfo/2.0")
	if r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") == "" {
		t.Errorf("a proxy's limit: %d %v", r.status, r.header)
	}
}

func TestOriginPagesAreThrottled(t *testing.T) {
	w := begin(t, Options{})
	o, a := w.Origin("photos.example"), w.Account("gallery@photos.example")
	o.SetLimits(Limits{AddressPaging: Limit{2, time.Hour}})
	root, page := a.URI()+"/outbox", a.URI()+"/outbox?page=true"
	if got := w.fetch(root).rate(); got != (rate{}) {
		t.Errorf("the root has rate headers: %v", got)
	}
	if got := w.fetch(page).rate(); got.limit != "2" || got.remaining != "1" {
		t.Errorf("a page: %v", got)
	}
	w.fetch(page)
	if r := w.fetch(page); r.status != http.StatusTooManyRequests {
		t.Errorf("one page too many: %d", r.status)
	}
	if r := w.fetch(root); r.status != http.StatusOK {
		t.Errorf("the root: %d", r.status)
	}
}
