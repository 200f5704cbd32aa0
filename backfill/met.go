package backfill

import (
	"hash/maphash"
	"sync"
)

// metPosts are the posts that a walk has met, as hashes: a listing may name a post
// twice, and another listing may start over from the top. Several goroutines may
// use it.
type metPosts struct {
	mu   sync.Mutex
	seed maphash.Seed
	met  map[uint64]struct{}
	// early are those that were settled before the walk met them: jobs of an
	// earlier process.
	early map[uint64]struct{}
}

func newMetPosts() *metPosts {
	return &metPosts{seed: maphash.MakeSeed(), met: make(map[uint64]struct{}), early: make(map[uint64]struct{})}
}

// meet notes that the walk meets a post. It returns true if the walk has not met
// the post before.
func (m *metPosts) meet(uri string) (isNew bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := maphash.String(m.seed, uri)
	_, seen := m.met[h]
	m.met[h] = struct{}{}
	return !seen
}

// has reports whether the walk has met the post.
func (m *metPosts) has(uri string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, met := m.met[maphash.String(m.seed, uri)]
	return met
}

// isSettled reports whether the post was settled before the walk met it.
func (m *metPosts) isSettled(uri string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, settled := m.early[maphash.String(m.seed, uri)]
	return settled
}

// settle notes that a post is settled. It returns true if the walk has not met the
// post yet.
func (m *metPosts) settle(uri string) (early bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := maphash.String(m.seed, uri)
	if _, met := m.met[h]; met {
		return false
	}
	m.early[h] = struct{}{}
	return true
}
