package sandbox

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill/sandbox/fault"

	"go.uber.org/goleak"
)

// world is a sandbox with a client for a test.
type world struct {
	*Sandbox
	t      *testing.T
	client *http.Client
}

func open(t *testing.T, o Options) *world {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		DialContext:       s.Network().DialContext,
		TLSClientConfig:   &tls.Config{RootCAs: s.Network().RootCAs()},
		ForceAttemptHTTP2: true,
	}
	w := &world{Sandbox: s, t: t, client: &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	return w
}

// close ends everything and checks that nothing is left over.
func (w *world) close() {
	w.t.Helper()
	w.client.CloseIdleConnections()
	if err := w.Close(); err != nil {
		w.t.Error(err)
	}
}

func begin(t *testing.T, o Options) *world {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	w := open(t, o)
	t.Cleanup(func() {
		w.close()
		goleak.VerifyNone(t, ignore)
	})
	return w
}

// reply is an answer with its body.
type reply struct {
	status int
	header http.Header
	body   string
}

func (w *world) do(method, url string, header ...string) (reply, error) {
	return w.send(method, url, "", header...)
}

func (w *world) send(method, url, content string, header ...string) (reply, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(content))
	if err != nil {
		return reply{}, err
	}
	for pair := range slices.Chunk(header, 2) {
		r.Header.Add(pair[0], pair[1])
	}
	answer, err := w.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(answer.Body)
	if closeErr := answer.Body.Close(); err == nil {
		err = closeErr
	}
	return reply{answer.StatusCode, answer.Header, string(body)}, err
}

// get asks home as you.
func (w *world) get(path string, header ...string) reply {
	w.t.Helper()
	header = append([]string{"Authorization", "Bearer " + Token, "Accept", "application/json"}, header...)
	return w.fetch("https://"+HomeDomain+path, header...)
}

func (w *world) fetch(url string, header ...string) reply {
	w.t.Helper()
	r, err := w.do(http.MethodGet, url, header...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (r reply) json(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), into); err != nil {
		t.Fatalf("status %d, body %q: %v", r.status, r.body, err)
	}
}

// resolved returns the URI of the status in the answer to a search.
func (w *world) resolved(uri string) string {
	w.t.Helper()
	r := w.get("/api/v2/search?type=statuses&resolve=true&limit=1&q=" + uri)
	if r.status != http.StatusOK {
		w.t.Fatalf("search for %s: %d %s", uri, r.status, r.body)
	}
	var results struct {
		Statuses []struct {
			URI string `json:"uri"`
		} `json:"statuses"`
	}
	r.json(w.t, &results)
	if len(results.Statuses) == 0 {
		return ""
	}
	return results.Statuses[0].URI
}

func TestDemoWorld(t *testing.T) {
	w := begin(t, Options{})
	gallery := w.Account("gallery@photos.example")
	if n := len(gallery.Posts()); n != 150 {
		t.Errorf("the gallery has %d entries, want 150", n)
	}
	if n := len(gallery.Eligible()); n != 131 {
		t.Errorf("the gallery has %d eligible posts, want 131", n)
	}
	if got, want := w.Home().Held(gallery), gallery.Eligible()[:8]; !slices.Equal(got, want) {
		t.Errorf("home holds %v, want %v", got, want)
	}
	for handle, want := range map[string]int{"ana@words.example": 45, "ben@notes.example": 60, "quiet@notes.example": 0, "hermit@notes.example": 10} {
		if got := len(w.Account(handle).Eligible()); got != want {
			t.Errorf("%s has %d posts, want %d", handle, got, want)
		}
	}
	for _, handle := range []string{"gallery@photos.example", "ana@words.example", "ben@notes.example", "carl@photos.example", "secret@closed.example"} {
		for _, uri := range w.Account(handle).Eligible() {
			if got := w.resolved(uri); got != uri {
				t.Errorf("resolving %s gave %q", uri, got)
			}
			if t.Failed() {
				return
			}
			w.Home().SetLimits(Limits{})
		}
	}
}

// The world is the same at every start, so scripts and people can name its posts.
func TestDemoWorldIsTheSameEachTime(t *testing.T) {
	a, b := begin(t, Options{}), begin(t, Options{InMemory: true})
	for _, handle := range []string{"gallery@photos.example", "ana@words.example", "ben@notes.example"} {
		if x, y := a.Account(handle).Eligible(), b.Account(handle).Eligible(); !slices.Equal(x, y) {
			t.Errorf("%s differs between two starts", handle)
		}
	}
	const newest = "https://photos.example/users/gallery/statuses/116833989473336558"
	if got := a.Account("gallery@photos.example").Eligible()[0]; got != newest {
		t.Errorf("the newest post is %s, want %s", got, newest)
	}
}

func TestInMemoryInsideBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{InMemory: true})
		if w.Addr() != "" {
			t.Errorf("an address %s without a socket", w.Addr())
		}
		w.Home().SetLatency(time.Minute)
		start := time.Now()
		uri := w.Account("carl@photos.example").Eligible()[0]
		if got := w.resolved(uri); got != uri {
			t.Errorf("resolving %s gave %q", uri, got)
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("took %v of simulated time, want a minute", took)
		}
		w.close()
	})
}

func TestCloseEndsHangingRequests(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	w := open(t, Options{Empty: true})
	arrived := make(chan struct{})
	w.Home().SetFault(func(*http.Request, http.Handler) http.Handler {
		close(arrived)
		return fault.Hang()
	})
	failed := make(chan error)
	go func() {
		_, err := w.do(http.MethodGet, "https://"+HomeDomain+"/api/v1/instance")
		failed <- err
	}()
	<-arrived
	w.close()
	if err := <-failed; err == nil {
		t.Error("a request outlived the sandbox")
	}
	w.close()
	goleak.VerifyNone(t, ignore)
}

func TestJournalKeepsImports(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	first := open(t, Options{Dir: dir})
	carl := first.Account("carl@photos.example")
	uris := carl.Eligible()[:3]
	for _, uri := range uris {
		first.resolved(uri)
	}
	first.close()

	name := filepath.Join(dir, journalName)
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"status":{"uri":"https://torn`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	second := begin(t, Options{Dir: dir})
	if got := second.Home().Held(second.Account("carl@photos.example")); !slices.Equal(got, uris) {
		t.Errorf("held after the restart: %v, want %v", got, uris)
	}
	if n := second.Home().Asked(uris[1]); n != 1 {
		t.Errorf("asked %d times, want 1", n)
	}
	if r := second.get("/api/v1/accounts/lookup?acct=carl@photos.example"); r.status != http.StatusOK {
		t.Errorf("carl was forgotten: %d", r.status)
	}
	fourth := second.Account("carl@photos.example").Eligible()[3]
	second.resolved(fourth)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(data), "}\n") || strings.Count(string(data), fourth) < 2 {
		t.Errorf("the journal does not go on after a torn line:\n%s", data)
	}
	if got := len(second.Home().Imports()); got != 4 {
		t.Errorf("%d imports, want 4", got)
	}
}

func TestDamagedJournalIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, journalName), []byte("{\"status\":[1]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Start(Options{Dir: dir}); err == nil {
		t.Error("started on a damaged journal")
		_ = s.Close()
	}
}

// Setters and requests at the same time; the race detector judges.
func TestConcurrentUse(t *testing.T) {
	w := begin(t, Options{})
	w.Home().SetLimits(Limits{})
	carl, gallery := w.Account("carl@photos.example"), w.Account("gallery@photos.example")
	uris := append(carl.Eligible(), gallery.Eligible()...)
	id := w.accountID("gallery@photos.example")
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for n, uri := range uris {
				if n%4 == i {
					w.resolved(uri)
				}
			}
		})
	}
	group.Go(func() {
		for i := range 20 {
			p := gallery.AddPost(Note{Content: "new"})
			w.Home().Hold(p)
			p.Edit("newer", w.clock.Now())
			w.Home().SetLatency(time.Duration(i) * time.Microsecond)
			w.Home().SetSoftware("mastodon", "4.5.4")
			w.Home().RequestFollow(carl)
			w.get("/api/v1/accounts/" + id + "/statuses?limit=40")
			w.Home().AcceptFollow(carl)
			gallery.Origin().SetPageSize(10 + i)
			w.fetch(gallery.URI() + "/outbox?page=true")
		}
	})
	group.Wait()
	w.Home().Settle()
	seen := make(map[string]bool)
	for _, imported := range w.Home().Imports() {
		if seen[imported.URI] {
			t.Errorf("%s was imported twice", imported.URI)
		}
		seen[imported.URI] = true
	}
	for _, uri := range carl.Eligible() {
		if !seen[uri] {
			t.Errorf("%s was not imported", uri)
		}
	}
}

// accountID is the id that home gives an account.
func (w *world) accountID(handle string) string {
	w.t.Helper()
	var account struct {
		ID string `json:"id"`
	}
	r := w.get("/api/v1/accounts/lookup?acct=" + handle)
	if r.status != http.StatusOK {
		w.t.Fatalf("lookup of %s: %d %s", handle, r.status, r.body)
	}
	r.json(w.t, &account)
	return account.ID
}
