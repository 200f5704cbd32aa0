package service

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	path = "/api/v1/accounts/7/backfill"
	// tokens of two people
	annes = "anne-token-0123456789"
	bobs  = "bob-token-0123456789"
)

// fakeHome knows tokens, and counts what it is asked.
type fakeHome struct {
	mu     sync.Mutex
	owners map[string]string
	errs   map[string]error
	asked  int
	// wait, if not nil, holds back every answer until it is closed.
	wait chan struct{}
	// begun, if not nil, is told of the first question.
	begun chan struct{}
}

func (h *fakeHome) Owner(ctx context.Context, token string) (string, error) {
	h.mu.Lock()
	h.asked++
	owner, err, wait := h.owners[token], h.errs[token], h.wait
	h.mu.Unlock()
	select {
	case h.begun <- struct{}{}:
	default:
	}
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	if owner == "" && err == nil {
		err = &DeniedError{Status: http.StatusUnauthorized, Message: invalidToken}
	}
	return owner, err
}

func (h *fakeHome) set(token, owner string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.owners[token], h.errs[token] = owner, err
}

func (h *fakeHome) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

// fakeAccounts are accounts by id, and what asker and account, as "1 7", are to each
// other.
type fakeAccounts struct {
	byID      map[string]fediverse.Account
	standings map[string]backfill.Standing
	err       error
}

func (a *fakeAccounts) AccountWithID(_ context.Context, id string) (fediverse.Account, error) {
	found, ok := a.byID[id]
	switch {
	case a.err != nil:
		return fediverse.Account{}, a.err
	case !ok:
		return fediverse.Account{}, backfill.ErrNoAccount
	}
	return found, nil
}

func (a *fakeAccounts) StandingOf(_ context.Context, account fediverse.Account, asker string) (backfill.Standing, error) {
	return a.standings[asker+" "+account.ID], nil
}

// fakeQueue notes what is asked for.
type fakeQueue struct {
	mu       sync.Mutex
	asked    []Asking
	bounds   Bounds
	place    Place
	progress Progress
	err      error
}

func (q *fakeQueue) Ask(_ context.Context, a Asking, b Bounds) (Place, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return Place{}, q.err
	}
	q.asked, q.bounds = append(q.asked, a), b
	return q.place, nil
}

func (q *fakeQueue) Progress(context.Context, fediverse.Handle) (Progress, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.progress, q.err
}

func (q *fakeQueue) noted() []Asking {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]Asking(nil), q.asked...)
}

// world is an endpoint with its ports.
type world struct {
	*Endpoint
	home     *fakeHome
	accounts *fakeAccounts
	queue    *fakeQueue
	clock    *backfilltest.Clock
	failures []error
}

func newWorld(t testing.TB) *world {
	t.Helper()
	remote := func(id, user, note string) fediverse.Account {
		return fediverse.Account{ID: id, Handle: fediverse.Handle{User: user, Domain: "photos.example"}, Note: note}
	}
	w := &world{
		home: &fakeHome{owners: map[string]string{annes: "1", bobs: "2"}, errs: map[string]error{}},
		accounts: &fakeAccounts{
			byID: map[string]fediverse.Account{
				"7": remote("7", "alice", "hello"), "8": remote("8", "carol", "<p>no <a>#<span>nobot</span></a></p>"),
				"9": {ID: "9", Handle: fediverse.Handle{User: "dave", Domain: "home.example"}, Local: true},
			},
			standings: map[string]backfill.Standing{"1 7": {Following: true}, "1 8": {Following: true}},
		},
		queue: &fakeQueue{place: Place{State: Waiting}},
		clock: backfilltest.NewClock(),
	}
	tokens, err := NewTokens(w.home, w.clock, strings.NewReader(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	w.Endpoint = &Endpoint{
		Tokens: tokens, Accounts: w.accounts, Queue: w.queue, Bounds: Bounds{PerUser: 30, MaxQueued: 1000}, Clock: w.clock,
		Failed: func(err error) { w.failures = append(w.failures, err) },
	}
	return w
}

// request asks with a token, if it is not empty.
func request(method, path, token string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

func (w *world) do(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

// said is an error answer.
func said(t testing.TB, rec *httptest.ResponseRecorder) errorEntity {
	t.Helper()
	var e errorEntity
	if err := json.Unmarshal(rec.Body.Bytes(), &e); err != nil {
		t.Fatalf("%q: %v", rec.Body, err)
	}
	return e
}

var errAway = errors.New("away")
