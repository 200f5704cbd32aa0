package mastodon

import (
	"context"
	"errors"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// HeldAhead reads what home holds of an account while home is asked whether it backfills
// the account by itself. Most servers do not, and the list comes next.
type HeldAhead struct {
	*Server
	mu    sync.Mutex
	pages map[string]*pageAhead // by the id of the account
}

// pageAhead is the top page of a list.
type pageAhead struct {
	// read is closed when the fields below are set.
	read   chan struct{}
	page   backfill.HeldPage
	err    error
	cancel context.CancelFunc
}

// NewHeldAhead reads ahead at a home.
func NewHeldAhead(s *Server) *HeldAhead {
	return &HeldAhead{Server: s, pages: make(map[string]*pageAhead)}
}

// Request is that of Server. If home has no such endpoint, the list that was read
// meanwhile is kept for Held.
func (h *HeldAhead) Request(ctx context.Context, a fediverse.Account) error {
	p := h.begin(ctx, a)
	err := h.Server.Request(ctx, a)
	if !errors.Is(err, backfill.ErrNoEndpoint) {
		p.cancel()
		<-p.read
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pages[a.ID] = p
	return err
}

func (h *HeldAhead) begin(ctx context.Context, a fediverse.Account) *pageAhead {
	reading, cancel := context.WithCancel(ctx)
	p := &pageAhead{read: make(chan struct{}), cancel: cancel}
	go func() {
		defer close(p.read)
		p.page, p.err = h.Server.Held(reading, a, time.Time{}, "")
	}()
	return p
}

// Held is that of Server. What was read ahead is used once; home is asked again if it
// would begin further down, or if there was an error.
func (h *HeldAhead) Held(ctx context.Context, a fediverse.Account, newest time.Time, cursor string) (backfill.HeldPage, error) {
	if cursor == "" {
		if p := h.take(a.ID); p != nil && p.wait(ctx) && p.isOf(newest) {
			return p.page, nil
		}
	}
	return h.Server.Held(ctx, a, newest, cursor)
}

func (h *HeldAhead) take(id string) *pageAhead {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.pages[id]
	delete(h.pages, id)
	return p
}

// wait waits for the page, and reports whether it could be read.
func (p *pageAhead) wait(ctx context.Context) bool {
	defer p.cancel()
	select {
	case <-p.read:
		return p.err == nil
	case <-ctx.Done():
		return false
	}
}

// isOf reports whether the list would not begin further down at a date.
func (p *pageAhead) isOf(newest time.Time) bool {
	if newest.IsZero() {
		return true
	}
	for _, post := range p.page.Posts {
		if post.CreatedAt.After(newest) {
			return false
		}
	}
	return true
}
