package backfill_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
	"tootfill/backfill/resolve"
	"tootfill/backfill/sqlite"
)

func newClock() *backfilltest.Clock {
	return backfilltest.ClockAt(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))
}

// home is a home server in memory.
type home struct {
	mu       sync.Mutex
	standing backfill.Standing
	note     string
	held     map[string]time.Time
	// imports answers an import; nil accepts the post.
	imports func(uri string, nth int) error
	asked   []string
	// requests answers a request for a backfill.
	requests  func() error
	requested int
	heldPages int
	accounts  int
}

func newHome() *home {
	return &home{
		standing: backfill.Standing{Following: true},
		held:     make(map[string]time.Time),
		requests: func() error { return backfill.ErrNoEndpoint },
	}
}

func (h *home) Account(_ context.Context, handle fediverse.Handle) (fediverse.Account, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.accounts++
	if handle.User == "nobody" {
		return fediverse.Account{}, backfill.ErrNoAccount
	}
	return fediverse.Account{
		ID: "1", Handle: handle, Username: handle.User, URI: actorURI(handle),
		URL: "https://" + handle.Domain + "/@" + handle.User, Note: h.note,
		Local: handle.Domain == "home.example",
	}, nil
}

func (h *home) Known(ctx context.Context, handle fediverse.Handle) (fediverse.Account, error) {
	return h.Account(ctx, handle)
}

func (h *home) Standing(context.Context, fediverse.Account) (backfill.Standing, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.standing, nil
}

// Held answers with all held posts on one page.
func (h *home) Held(context.Context, fediverse.Account, time.Time, string) (backfill.HeldPage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heldPages++
	return backfill.HeldPage{Posts: h.list()}, nil
}

func (h *home) list() []backfill.HeldPost {
	var posts []backfill.HeldPost
	for uri, at := range h.held {
		posts = append(posts, backfill.HeldPost{URI: uri, CreatedAt: at})
	}
	slices.SortFunc(posts, func(a, b backfill.HeldPost) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return posts
}

func (h *home) Import(ctx context.Context, uri string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.mu.Lock()
	nth := 1
	for _, a := range h.asked {
		if a == uri {
			nth++
		}
	}
	h.asked = append(h.asked, uri)
	answer := h.imports
	h.mu.Unlock()
	if answer != nil {
		if err := answer(uri, nth); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held[uri] = time.Time{}
	return nil
}

func (h *home) Request(context.Context, fediverse.Account) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requested++
	return h.requests()
}

func (h *home) Sample(context.Context, fediverse.Account) ([]backfill.HeldPost, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.list(), nil
}

// timesAsked counts how often each post was asked for.
func (h *home) timesAsked() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	times := make(map[string]int)
	for _, uri := range h.asked {
		times[uri]++
	}
	return times
}

// origin lists the same posts for every account, one a day backwards.
type origin struct {
	mu      sync.Mutex
	top     time.Time
	n       int
	summary string
	// fail answers for the page at a cursor; nil returns the page.
	fail  func(cursor string) error
	open  error
	pages int

	shortfall backfill.Cause
	// breaksAt is the cursor at which the outbox gives way to another listing.
	breaksAt string
}

const pageSize = 20

func actorURI(h fediverse.Handle) string { return "https://" + h.Domain + "/users/" + h.User }

func postURI(h fediverse.Handle, i int) string {
	return fmt.Sprintf("%s/statuses/%06d", actorURI(h), i)
}

func (o *origin) Open(_ context.Context, a fediverse.Account) (backfill.Listing, error) {
	if o.open != nil {
		return nil, o.open
	}
	return &listing{origin: o, account: a}, nil
}

type listing struct {
	*origin
	account fediverse.Account
	over    bool
}

func (l *listing) Actor() fediverse.Actor {
	return fediverse.Actor{URI: actorURI(l.account.Handle), Handle: l.account.Handle, Summary: l.summary}
}

func (l *listing) Source() string {
	if l.over {
		return "rest"
	}
	return "outbox"
}

func (l *listing) ReadPost(_ context.Context, p fediverse.Post) (fediverse.Post, error) {
	return p, nil
}

func (l *listing) Shortfall() backfill.Cause { return l.shortfall }

// Page counts posts from the oldest (0) to the newest (n-1), so that a cursor means
// the same after new posts have been added.
func (l *listing) Page(ctx context.Context, cursor string) (backfill.Page, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return backfill.Page{}, err
	}
	if l.fail != nil {
		if err := l.fail(cursor); err != nil {
			return backfill.Page{}, err
		}
	}
	l.pages++
	if cursor != "" && cursor == l.breaksAt && !l.over {
		l.over, cursor = true, ""
	}
	below := l.n
	if cursor != "" {
		below, _ = strconv.Atoi(cursor)
	}
	var page backfill.Page
	for i := below - 1; i >= 0 && len(page.Posts) < pageSize; i-- {
		uri := postURI(l.account.Handle, i)
		page.Posts = append(page.Posts, fediverse.Post{
			URI: uri, Author: actorURI(l.account.Handle), Visibility: fediverse.Public,
			Published: l.top.AddDate(0, 0, i-l.n),
		})
		page.Marks = append(page.Marks, uri+"/activity")
		page.Next = strconv.Itoa(i)
	}
	if page.Next == "0" {
		page.Next = ""
	}
	page.Items = len(page.Posts)
	return page, nil
}

// listener keeps what it is told.
type listener struct {
	events  []backfill.Event
	onEvent func(backfill.Event)
}

func (l *listener) Event(e backfill.Event) {
	l.events = append(l.events, e)
	if l.onEvent != nil {
		l.onEvent(e)
	}
}

func (l *listener) results() []backfill.Result {
	var results []backfill.Result
	for _, e := range l.events {
		if f, ok := e.(backfill.AccountFinished); ok {
			results = append(results, f.Result)
		}
	}
	return results
}

func (l *listener) warnings() int {
	n := 0
	for _, e := range l.events {
		if _, ok := e.(backfill.Warned); ok {
			n++
		}
	}
	return n
}

// world is an engine with everything it needs.
type world struct {
	*backfill.Engine
	clock    *backfilltest.Clock
	home     *home
	origin   *origin
	listener *listener
	ledger   *sqlite.Ledger
}

var alice = fediverse.Handle{User: "alice", Domain: "photos.example"}

func newWorld(t testing.TB, posts int) *world {
	t.Helper()
	w := &world{clock: newClock(), home: newHome(), listener: &listener{}}
	w.origin = &origin{top: w.clock.Now(), n: posts}
	ledger, err := sqlite.Open(t.Context(), sqlite.Options{
		Dir: t.TempDir(), Home: "home.example", Clock: w.clock,
		Limit: limit.Limit{N: 1, Per: time.Hour, Burst: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	w.ledger = ledger
	w.Engine = &backfill.Engine{
		Accounts: w.home, Resolve: resolve.Deliverer{Held: w.home, Importer: w.home}, Requester: w.home,
		Origin: w.origin, Ledger: ledger, Clock: w.clock, Listener: w.listener,
		Home:    "home.example",
		Options: backfill.Options{Via: backfill.ViaAuto, Limit: 500, Concurrency: 2},
	}
	return w
}

// run runs the engine over handles and returns the results of this run alone.
func (w *world) run(t *testing.T, handles ...fediverse.Handle) ([]backfill.Result, error) {
	t.Helper()
	return w.runIn(t.Context(), handles...)
}

func (w *world) runIn(ctx context.Context, handles ...fediverse.Handle) ([]backfill.Result, error) {
	before := len(w.listener.results())
	err := w.Run(ctx, func(yield func(backfill.Target, error) bool) {
		for _, h := range handles {
			if !yield(backfill.Target{Handle: h}, nil) {
				return
			}
		}
	})
	return w.listener.results()[before:], err
}

// one runs the engine over alice and wants one result and no error.
func (w *world) one(t *testing.T) backfill.Result {
	t.Helper()
	results, err := w.run(t, alice)
	if err != nil || len(results) != 1 {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	return results[0]
}
