package recorded

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
)

// Playback answers requests as recorded. It is a handler and a transport; hosts
// matter, schemes do not. A request that was not recorded fails
// the test.
type Playback struct {
	t         testing.TB
	exchanges []Exchange

	mu    sync.Mutex
	asked map[string]int
}

// Play plays exchanges. If two have the same request, the first one counts.
func Play(t testing.TB, exchanges ...Exchange) *Playback {
	return &Playback{t: t, exchanges: exchanges, asked: map[string]int{}}
}

// ServeHTTP answers r with what was recorded for its method, host, path and
// parameters, whatever the order of the parameters.
func (p *Playback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	for _, e := range p.exchanges {
		if e.Method != r.Method || e.URL.Host != host || e.URL.Path != r.URL.Path || e.URL.Query().Encode() != r.URL.Query().Encode() {
			continue
		}
		p.mu.Lock()
		p.asked[e.Name]++
		p.mu.Unlock()
		for name, values := range e.Header {
			w.Header()[name] = values
		}
		// the recorded length is from before the body was indented
		w.Header().Set("Content-Length", strconv.Itoa(len(e.Body)))
		w.WriteHeader(e.Status)
		if _, err := w.Write(e.Body); err != nil {
			p.t.Errorf("%s: %v", e.Name, err)
		}
		return
	}
	p.t.Errorf("nothing is recorded for %s https://%s%s", r.Method, host, r.URL.RequestURI())
	http.NotFound(w, r)
}

// Asked returns how often an exchange was asked for.
func (p *Playback) Asked(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[name]
}
