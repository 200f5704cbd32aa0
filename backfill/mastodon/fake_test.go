package mastodon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

const testToken = "a-secret-token"

// wire hands requests to a handler without a network, so that it works inside a
// synctest bubble.
type wire struct {
	handler http.Handler
	mu      sync.Mutex
	log     []string
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.log = append(w.log, req.Method+" "+req.URL.RequestURI())
	w.mu.Unlock()
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, req)
		done <- rec
	}()
	select {
	case rec := <-done:
		return rec.Result(), nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

func (w *wire) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.log...)
}

// newFake is a Server whose home is the handler.
func newFake(t *testing.T, o Options, h http.Handler) (*Server, *wire) {
	t.Helper()
	if o.Server == "" {
		o.Server = "home.example"
	}
	if o.Token == "" {
		o.Token = testToken
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{handler: h}
	s.transport.base = w
	return s, w
}

// routes answers paths with JSON bodies, and everything else with Mastodon's 404.
// It sends no rate headers.
func routes(bodies map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			body, ok = bodies[r.Method+" "+r.URL.Path]
		}
		if !ok {
			reply(w, 404, `{"error":"Record not found"}`)
			return
		}
		reply(w, 200, body)
	})
}

func reply(w http.ResponseWriter, status int, body string, header ...string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	for i := 0; i+1 < len(header); i += 2 {
		w.Header().Set(header[i], header[i+1])
	}
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

// throttle is Mastodon's: fixed windows aligned to the epoch.
type throttle struct {
	limit  int
	period time.Duration
	mu     sync.Mutex
	counts map[time.Time]int
}

// spend counts n requests and returns how many are left, and until when.
func (th *throttle) spend(now time.Time, n int) (left int, reset time.Time) {
	th.mu.Lock()
	defer th.mu.Unlock()
	if th.counts == nil {
		th.counts = make(map[time.Time]int)
	}
	window := now.Truncate(th.period)
	th.counts[window] += n
	return th.limit - th.counts[window], window.Add(th.period)
}

// limited puts Mastodon's two limits for a token in front of a handler. Refusals
// count.
type limited struct {
	all, paging throttle
	latency     time.Duration
	ahead       time.Duration // how far the server's clock is ahead
	next        http.Handler

	mu       sync.Mutex
	refusals int
}

func mastodonLimits(next http.Handler) *limited {
	return &limited{
		all:    throttle{limit: 300, period: 5 * time.Minute},
		paging: throttle{limit: 300, period: 15 * time.Minute},
		next:   next,
	}
}

func (l *limited) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now().Add(l.ahead)
	left, reset := l.all.spend(now, 1)
	limit := l.all.limit
	if pages(r.URL) {
		if pagesLeft, pagesReset := l.paging.spend(now, 1); pagesLeft < left {
			left, reset, limit = pagesLeft, pagesReset, l.paging.limit
		}
	}
	fraction := time.Duration(now.Nanosecond())
	w.Header().Set("X-RateLimit-Limit", fmt.Sprint(limit))
	w.Header().Set("X-RateLimit-Remaining", fmt.Sprint(max(left, 0)))
	w.Header().Set("X-RateLimit-Reset", reset.Add(fraction).UTC().Format("2006-01-02T15:04:05.000000Z"))
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if left < 0 {
		l.mu.Lock()
		l.refusals++
		l.mu.Unlock()
		reply(w, 429, `{"error":"Too many requests"}`)
		return
	}
	time.Sleep(l.latency)
	w.Header().Set("Date", time.Now().Add(l.ahead).UTC().Format(http.TimeFormat))
	l.next.ServeHTTP(w, r)
}

func (l *limited) refused() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refusals
}
