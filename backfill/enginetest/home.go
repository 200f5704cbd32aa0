package enginetest

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Home is a home server in memory.
type Home struct {
	mu sync.Mutex

	// AccountStanding is how every account stands with us.
	AccountStanding backfill.Standing
	// Note is the text of each profile.
	Note string
	// HeldPosts are the URIs of the posts that home has, with their dates.
	HeldPosts map[string]time.Time
	// OnImport answers the nth import of a post; nil accepts it. Imports under way at
	// the same time ask it at once.
	OnImport func(uri string, nth int) error
	// AskedFor are the posts that were to be imported, in order.
	AskedFor []string
	// OnRequest answers a request for a backfill.
	OnRequest func() error
	// Requested, HeldPages, AccountsAsked and StandingsAsked count requests for a
	// backfill, for held posts, for accounts, and for how they stand with us.
	Requested, HeldPages, AccountsAsked, StandingsAsked int
	// ID is that of each account, and Forgotten one that home no longer knows.
	ID, Forgotten string
}

// NewHome returns a home that holds nothing, accepts every post, and has no endpoint
// for backfills.
func NewHome() *Home {
	return &Home{
		AccountStanding: backfill.Standing{Following: true},
		HeldPosts:       make(map[string]time.Time),
		ID:              "1",
		OnRequest:       func() error { return backfill.ErrNoEndpoint },
	}
}

// Account is the account of a handle. There is none of a user called nobody.
func (h *Home) Account(_ context.Context, handle fediverse.Handle) (fediverse.Account, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.AccountsAsked++
	if handle.User == "nobody" {
		return fediverse.Account{}, backfill.ErrNoAccount
	}
	return fediverse.Account{
		ID: h.ID, Handle: handle, Username: handle.User, URI: ActorURI(handle),
		URL: "https://" + handle.Domain + "/@" + handle.User, Note: h.Note,
		Local: handle.Domain == "home.example",
	}, nil
}

// Known is the same as Account.
func (h *Home) Known(ctx context.Context, handle fediverse.Handle) (fediverse.Account, error) {
	return h.Account(ctx, handle)
}

// Standing is AccountStanding.
func (h *Home) Standing(_ context.Context, a fediverse.Account) (backfill.Standing, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.StandingsAsked++
	if err := h.unknown(a); err != nil {
		return backfill.Standing{}, err
	}
	return h.AccountStanding, nil
}

// Held answers with all held posts on one page.
func (h *Home) Held(_ context.Context, a fediverse.Account, _ time.Time, _ string) (backfill.HeldPage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.HeldPages++
	if err := h.unknown(a); err != nil {
		return backfill.HeldPage{}, err
	}
	return backfill.HeldPage{Posts: h.list()}, nil
}

// unknown is home's answer about an account of an id that it does not know.
func (h *Home) unknown(a fediverse.Account) error {
	if h.Forgotten == "" || a.ID != h.Forgotten {
		return nil
	}
	return &backfill.AnswerError{Server: "home.example", Status: http.StatusNotFound, Message: "Record not found"}
}

func (h *Home) list() []backfill.HeldPost {
	var posts []backfill.HeldPost
	for uri, at := range h.HeldPosts {
		posts = append(posts, backfill.HeldPost{URI: uri, CreatedAt: at})
	}
	slices.SortFunc(posts, func(a, b backfill.HeldPost) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return posts
}

// Import asks OnImport, and then holds the post.
func (h *Home) Import(ctx context.Context, uri string) (string, error) {
	return "id of " + uri, h.take(ctx, uri)
}

func (h *Home) take(ctx context.Context, uri string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.mu.Lock()
	nth := 1
	for _, a := range h.AskedFor {
		if a == uri {
			nth++
		}
	}
	h.AskedFor = append(h.AskedFor, uri)
	answer := h.OnImport
	h.mu.Unlock()
	if answer != nil {
		if err := answer(uri, nth); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.HeldPosts[uri] = time.Time{}
	return nil
}

// Request asks OnRequest.
func (h *Home) Request(context.Context, fediverse.Account) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Requested++
	return h.OnRequest()
}

// Sample answers with all held posts.
func (h *Home) Sample(context.Context, fediverse.Account) ([]backfill.HeldPost, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.list(), nil
}

// CountLookups returns how often home was asked for an account. It may be called while
// home is in use.
func (h *Home) CountLookups() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.AccountsAsked
}

// TimesAsked counts how often each post was asked for.
func (h *Home) TimesAsked() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	times := make(map[string]int)
	for _, uri := range h.AskedFor {
		times[uri]++
	}
	return times
}
