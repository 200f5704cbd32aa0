package monitor

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/commands/report"
)

// instant is a clock on which waits take no time.
type instant struct{ backfill.SystemClock }

func (instant) Wait(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// service notes what it is asked, and answers with the statuses in turn, and then with
// 200.
type service struct {
	*httptest.Server
	mu       sync.Mutex
	asked    []string
	bodies   []string
	statuses []int
	said     string
}

func newService(t *testing.T, statuses ...int) *service {
	s := &service{statuses: statuses, said: "OK"}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	s.bodies = append(s.bodies, string(body))
	status := http.StatusOK
	if len(s.statuses) > 0 {
		status, s.statuses = s.statuses[0], s.statuses[1:]
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, s.said)
}

func pingsTo(t *testing.T, address string) *Pings {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return NewPings(PingOptions{URL: u, UserAgent: "tootfill/test", Clock: instant{}})
}

func TestPings(t *testing.T) {
	s := newService(t)
	p := pingsTo(t, s.URL+"/ping/secret?create=1")
	good := Run{
		Version: "v1", Status: 75, Meaning: "deferred", Good: true, Took: 61 * time.Second,
		Totals: report.Totals{Accounts: 3, Done: 1, Deferred: 2, Imported: 5, Held: 6}, Requests: Requests{Home: 8, Origins: 9},
	}
	for _, err := range []error{
		p.Start(t.Context()), p.End(t.Context(), good), p.End(t.Context(), Run{Version: "v1", Status: 4, Meaning: "not authorised"}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{"POST /ping/secret/start?create=1", "POST /ping/secret?create=1", "POST /ping/secret/fail?create=1"}
	if !slices.Equal(s.asked, want) {
		t.Errorf("asked %q, want %q", s.asked, want)
	}
	bodies := []string{"",
		"tootfill v1: exit status 75 (deferred)\n3 accounts: 1 done, 2 deferred\nposts: 5 imported, 6 already held\n8 requests to home, 9 to origins, in 1m1s\n",
		"tootfill v1: exit status 4 (not authorised)\n0 requests to home, 0 to origins, in 0s\n",
	}
	if !slices.Equal(s.bodies, bodies) {
		t.Errorf("the bodies are %q", s.bodies)
	}
}

func TestPingsThatFail(t *testing.T) {
	for _, c := range []struct {
		statuses []int
		said     string
		tries    int
		want     string // empty if it succeeds
	}{
		{[]int{500}, "OK", 2, ""},
		{[]int{429}, "OK", 2, ""},
		{[]int{500, 502}, "", 2, "answered 502 Bad Gateway"},
		{[]int{404}, "", 1, "answered 404 Not Found"},
		{[]int{200}, "OK (not found)", 1, `answered 200 "OK (not found)"`},
		{[]int{302}, "", 1, "302"},
	} {
		s := newService(t, c.statuses...)
		s.said = c.said
		err := pingsTo(t, s.URL+"/secret").Start(t.Context())
		switch {
		case (err == nil) != (c.want == ""), err != nil && !strings.Contains(err.Error(), c.want):
			t.Errorf("%+v: %v", c, err)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("the error tells the secret: %v", err)
		}
		if len(s.asked) != c.tries {
			t.Errorf("%+v: asked %d times", c, len(s.asked))
		}
	}
}

func TestPingWithoutAnswer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer s.Close()
	p := pingsTo(t, s.URL+"/secret")
	p.Time = 20 * time.Millisecond
	if err := p.Start(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "failed: no answer within 20ms") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Start(ctx); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestPingNobody(t *testing.T) {
	s := newService(t)
	s.Close()
	if err := pingsTo(t, s.URL+"/secret").Start(t.Context()); err == nil || !strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cut.Close()
	if err := pingsTo(t, cut.URL+"/secret").Start(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

// The address is a secret: it goes to no other server.
func TestPingRedirects(t *testing.T) {
	other := newService(t)
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/here/secret/start":
			http.Redirect(w, r, s.URL+"/ok", http.StatusTemporaryRedirect)
		case "/there/secret/start":
			http.Redirect(w, r, other.URL+"/ok", http.StatusTemporaryRedirect)
		case "/round/secret/start":
			http.Redirect(w, r, s.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}
	}))
	defer s.Close()
	for path, want := range map[string]string{"/here": "", "/there": "it redirects to another server", "/round": "too many redirects"} {
		err := pingsTo(t, s.URL+path+"/secret").Start(t.Context())
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if len(other.asked) > 0 {
		t.Errorf("the other server was asked %q", other.asked)
	}
}

// What the service says is no place for control characters, and may be of any length.
func TestPingHostileAnswer(t *testing.T) {
	s := newService(t)
	s.said = "OK (\x1b[2J" + strings.Repeat("x", 1<<20)
	err := pingsTo(t, s.URL).Start(t.Context())
	if err == nil || strings.Contains(err.Error(), "\x1b") || len(err.Error()) > 300 {
		t.Errorf("%.400v", err)
	}
	garbage, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer garbage.Close()
	go func() {
		for {
			conn, err := garbage.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write(bytes.Repeat([]byte{0, 0x1b}, 1000))
			_ = conn.Close()
		}
	}()
	if err := pingsTo(t, "http://"+garbage.Addr().String()).Start(t.Context()); err == nil || strings.ContainsAny(err.Error(), "\x1b\x00") {
		t.Error(err)
	}
}
