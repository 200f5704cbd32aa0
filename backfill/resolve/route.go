package resolve

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// HeldPosts lists what home already has.
type HeldPosts interface {
	// Held lists a's own posts on home, newest first, a page at a time. The
	// cursor of the first page is empty. Where home's ids carry dates the first
	// page begins at newest instead of at the top; a zero newest means the top.
	Held(ctx context.Context, a fediverse.Account, newest time.Time, cursor string) (backfill.HeldPage, error)
}

// Importer makes home take in posts one by one.
type Importer interface {
	// Import returns no error only if home answered with the post of this URI; the
	// id is the post's at home. Otherwise the error is, or wraps, [backfill.ErrRefused], [backfill.ErrUncertain],
	// *[backfill.UnauthorizedError], *[backfill.UnavailableError] or
	// *[backfill.AnswerError]. The end of ctx ends the wait for home's limits, but
	// not a request that is under way: Import waits for its answer, so that its
	// outcome is known.
	Import(ctx context.Context, uri string) (id string, err error)
}

// route is route resolve during one Run of the engine: what all accounts share.
type route struct {
	backfill.Shared
	held     HeldPosts
	importer Importer
	imports  importSlots
	// answers counts the imports that home has answered.
	answers atomic.Int64

	mu    sync.Mutex
	paces map[string]*originPace // by origin host
}

// paceOf is the pace of an origin, until it is given back with releasePace.
func (r *route) paceOf(host string) *originPace {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.paces[host] == nil {
		r.paces[host] = &originPace{turn: make(chan struct{}, 1)}
	}
	r.paces[host].users++
	return r.paces[host]
}

// releasePace gives the pace of an origin back. That of an origin which does not
// limit home is forgotten.
func (r *route) releasePace(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.paces[host]
	if p.users--; p.users == 0 && p.before() == 0 && p.givenSoFar() < manyGiven {
		delete(r.paces, host)
	}
}
