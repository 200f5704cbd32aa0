package backfilltest

import (
	"context"
	"sync"
	"time"
)

// Pauses keeps the pauses that servers have asked for, as a ledger does for all
// processes that share it. Several goroutines may use it.
type Pauses struct {
	// Err is what both methods return, whatever they do; nil for a ledger that
	// works.
	Err error

	mu    sync.Mutex
	until map[string]time.Time
}

// PausedUntil is when the server's pause ends; zero if there is none.
func (p *Pauses) PausedUntil(_ context.Context, server string) (time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until[server], p.Err
}

// Pause notes that nobody may ask the server before until.
func (p *Pauses) Pause(_ context.Context, server string, until time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil {
		p.until = make(map[string]time.Time)
	}
	p.until[server] = until
	return p.Err
}
