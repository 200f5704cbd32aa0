package backfill

import "sync"

// awayPerSlot is how many accounts may be away from their slots, for each slot
// but the first: a single slot means one account at a time.
const awayPerSlot = 4

// slots bound how many accounts are worked on at a time. An account that waits for
// its own origin leaves its slot to another one: an origin that is slow, paused or
// dead does not hold up the others. Several goroutines may use them.
type slots struct {
	// freed is told that a slot may be free.
	freed chan struct{}

	mu sync.Mutex
	// free may be negative: an account that comes back does not wait for a slot.
	free int
	// mayLeave is how many more accounts may be away.
	mayLeave int
}

func newSlots(n int) *slots {
	n = max(n, 1)
	return &slots{freed: make(chan struct{}, 1), free: n, mayLeave: awayPerSlot * (n - 1)}
}

// isFree reports whether another account may be worked on.
func (s *slots) isFree() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free > 0
}

// take takes a slot, whether or not one is free.
func (s *slots) take() *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free--
	return &slot{of: s}
}

// change takes or frees slots, and counts those who may be away.
func (s *slots) change(free, mayLeave int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(free, mayLeave)
}

// add is change for callers that hold the lock.
func (s *slots) add(free, mayLeave int) {
	s.free += free
	s.mayLeave += mayLeave
	if s.free <= 0 {
		return
	}
	select {
	case s.freed <- struct{}{}:
	default: // it is told already
	}
}

// leave lets somebody leave a slot. It returns false if too many are away.
func (s *slots) leave() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mayLeave == 0 {
		return false
	}
	s.add(1, -1)
	return true
}

// slot is the slot of one account. Its walk and its delivery may both use it.
type slot struct {
	of *slots

	mu sync.Mutex
	// waits counts the waits for the origin, and away says that somebody else may
	// have the slot meanwhile.
	waits int
	away  bool
	// given says that the account has given the slot up for good.
	given bool
}

// whileAway leaves the slot to another account while wait waits for the origin.
func (p *slot) whileAway(wait func()) {
	p.leave()
	defer p.comeBack()
	wait()
}

func (p *slot) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waits++; p.waits == 1 && !p.given {
		p.away = p.of.leave()
	}
}

func (p *slot) comeBack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waits--; p.waits == 0 && p.away {
		p.away = false
		p.of.change(-1, 1)
	}
}

// giveUp gives the slot up for good.
func (p *slot) giveUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.given:
	case p.away:
		p.of.change(0, 1)
	default:
		p.of.change(1, 0)
	}
	p.given, p.away = true, false
}
