package backfill

import (
	"slices"
	"sync"
)

// originClaims are the names of the origins that are being worked on. An origin has
// several: the domain of its handles, the host that serves it, and whatever else
// leads there.
type originClaims struct {
	mu   sync.Mutex
	busy map[string]bool
}

// claim claims all of the names or none.
func (c *originClaims) claim(names []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.ContainsFunc(names, func(n string) bool { return c.busy[n] }) {
		return false
	}
	for _, n := range names {
		c.busy[n] = true
	}
	return true
}

func (c *originClaims) free(names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range names {
		delete(c.busy, n)
	}
}
