package backfill

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// profileAge is the age at which home refreshes its copy of an account when
	// asked for it (Mastodon app/models/account.rb, possibly_stale?:
	// STALE_THRESHOLD is a day).
	profileAge = 24 * time.Hour
	// profileMemory is how long to remember that the number is too high.
	profileMemory = 365 * 24 * time.Hour
)

// Refresher makes home refresh its copy of an account. Each post that home takes in
// raises the number of posts on the account's profile at home. The number is right
// again once home has read the account from its origin.
type Refresher interface {
	// Refresh asks home for the account in a way that makes home read it from its
	// origin if its copy is older than a day.
	Refresh(ctx context.Context, a fediverse.Account) error
}

// profileCount is the number of posts on an account's profile at home. Several
// goroutines may use it.
type profileCount struct {
	account fediverse.Account
	clock   Clock
	// since is when the number became too high.
	since Fact

	mu sync.Mutex
	// noted says that this is remembered.
	noted bool
}

// rises notes, before the first import is recorded, that the number is too high
// from now on.
func (p *profileCount) rises(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.noted {
		return nil
	}
	since, err := p.since.Recall(ctx)
	if err == nil && since == "" {
		now := p.clock.Now()
		err = p.since.Remember(ctx, now.UTC().Format(time.RFC3339), now.Add(profileMemory))
	}
	if err != nil {
		return fmt.Errorf("noting that the profile of %s counts too many posts: %w", p.account.Handle, err)
	}
	p.noted = true
	return nil
}

// isStale reports whether the number has been too high for long enough that home
// would refresh it.
func (p *profileCount) isStale(ctx context.Context) (bool, error) {
	since, err := p.since.Recall(ctx)
	if err != nil {
		return false, fmt.Errorf("recalling what the profile of %s counts: %w", p.account.Handle, err)
	}
	at, err := time.Parse(time.RFC3339, since)
	// Otherwise nothing was imported, or that was a short while ago.
	return err == nil && p.clock.Now().Sub(at) >= profileAge, nil
}

// forget notes that the number is right again.
func (p *profileCount) forget(ctx context.Context) error {
	if err := p.since.Remember(ctx, "", p.clock.Now()); err != nil {
		return fmt.Errorf("noting that the profile of %s is refreshed: %w", p.account.Handle, err)
	}
	return nil
}
