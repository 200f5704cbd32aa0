package sandbox

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limit allows a number of requests in each period. Periods are aligned to the
// epoch. The zero Limit allows everything.
type Limit struct {
	Requests int
	Period   time.Duration
}

// Limits are the throttles of a server. The zero value limits nothing and
// sends no rate headers. Source: Mastodon config/initializers/rack_attack.rb.
type Limits struct {
	// User and Token limit requests below /api with a token, Address those
	// without one.
	User, Token, Address Limit
	// UserPaging and AddressPaging limit requests of any path that have one of
	// the parameters page, min_id, max_id and since_id.
	UserPaging, AddressPaging Limit
	// Registrations limits POST /api/v1/apps by address.
	Registrations Limit
	// Everything limits all requests of one address. Mastodon has no such throttle;
	// proxies in front of servers and other software do.
	Everything Limit
	// NoHeaders leaves the X-RateLimit headers out.
	NoHeaders bool
	// RetryAfter adds a Retry-After header to a 429, which Mastodon never does.
	RetryAfter bool
}

// MastodonLimits are the limits of every Mastodon server; they cannot be
// configured there.
func MastodonLimits() Limits {
	return Limits{
		User:          Limit{1500, 5 * time.Minute},
		Token:         Limit{300, 5 * time.Minute},
		Address:       Limit{300, 5 * time.Minute},
		UserPaging:    Limit{300, 15 * time.Minute},
		AddressPaging: Limit{300, 15 * time.Minute},
		Registrations: Limit{5, 10 * time.Minute},
	}
}

// caller is what the throttles know about who makes a request.
type caller struct {
	token, user, address string
}

// throttle counts requests in fixed windows.
type throttle struct {
	mu      sync.Mutex
	limits  Limits
	counts  map[throttleKey]throttleCount
	refused int
}

type throttleKey struct{ name, who string }

type throttleCount struct {
	window int64
	n      int
}

// reading is the state of one throttle after a request.
type reading struct {
	limit    Limit
	count    int
	exceeded bool
}

func newThrottle(l Limits) *throttle {
	return &throttle{limits: l, counts: make(map[throttleKey]throttleCount)}
}

func (t *throttle) set(l Limits) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limits = l
}

// rule is one throttle. who is the one that this request counts for; it is empty if
// the throttle does not match.
type rule struct {
	name  string
	limit Limit
	who   string
}

// rules are in the order of rack_attack.rb, which matters: counting ends at the
// first one exceeded.
func (l Limits) rules(r *http.Request, c caller) []rule {
	api := strings.HasPrefix(r.URL.Path, "/api")
	paging := isPaging(r)
	when := func(cond bool, who string) string {
		if cond {
			return who
		}
		return ""
	}
	return []rule{
		{"everything", l.Everything, c.address},
		{"authenticated_api", l.User, when(api, c.user)},
		{"per_token_api", l.Token, when(api, c.token)},
		{"unauthenticated_api", l.Address, when(api && c.user == "", c.address)},
		{"authenticated_paging", l.UserPaging, when(paging, c.user)},
		{"unauthenticated_paging", l.AddressPaging, when(paging && c.user == "", c.address)},
		{"registrations", l.Registrations, when(r.Method == http.MethodPost && r.URL.Path == "/api/v1/apps", c.address)},
	}
}

func isPaging(r *http.Request) bool {
	q := r.URL.Query()
	for _, name := range []string{"page", "min_id", "max_id", "since_id"} {
		if strings.TrimSpace(q.Get(name)) != "" {
			return true
		}
	}
	return false
}

// take counts a request and returns the reading that its answer shows: that of
// the throttle closest to exhaustion, or of the first that is exceeded. ok is
// false if no throttle matched.
func (t *throttle) take(now time.Time, r *http.Request, c caller) (closest reading, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, rule := range t.limits.rules(r, c) {
		if rule.who == "" || rule.limit.Requests == 0 {
			continue
		}
		n := t.add(now, rule, 1)
		current := reading{limit: rule.limit, count: n, exceeded: n > rule.limit.Requests}
		if current.exceeded {
			t.refused++
			return current, true
		}
		if !ok || current.remaining() < closest.remaining() {
			closest, ok = current, true
		}
	}
	return closest, ok
}

func (t *throttle) add(now time.Time, r rule, n int) int {
	key := throttleKey{r.name, r.who}
	window := now.Unix() / seconds(r.limit.Period)
	count := t.counts[key]
	if count.window != window {
		count = throttleCount{window: window}
	}
	count.n += n
	t.counts[key] = count
	return count.n
}

// spend uses up n requests of a token and its user in the present windows.
func (t *throttle) spend(now time.Time, c caller, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range []rule{
		{"authenticated_api", t.limits.User, c.user},
		{"per_token_api", t.limits.Token, c.token},
	} {
		if r.limit.Requests > 0 && r.who != "" {
			t.add(now, r, n)
		}
	}
}

func (t *throttle) refusals() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refused
}

func (t *throttle) options() (headers, retryAfter bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.limits.NoHeaders, t.limits.RetryAfter
}

func (r reading) remaining() int { return max(0, r.limit.Requests-r.count) }

// wait is how long the window still lasts, as Mastodon calculates it: in whole
// seconds from a time with a fraction, so that the reset keeps the fraction.
func (r reading) wait(now time.Time) time.Duration {
	period := seconds(r.limit.Period)
	return time.Duration(period-now.Unix()%period) * time.Second
}

// header writes the X-RateLimit headers (api/rate_limit_headers.rb).
func (r reading) header(h http.Header, now time.Time) {
	h.Set("X-RateLimit-Limit", strconv.Itoa(r.limit.Requests))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(r.remaining()))
	h.Set("X-RateLimit-Reset", now.Add(r.wait(now)).UTC().Format("2006-01-02T15:04:05.000000Z"))
}

func seconds(d time.Duration) int64 { return max(1, int64(d/time.Second)) }

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
