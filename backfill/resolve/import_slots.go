package resolve

import (
	"context"
	"slices"
	"sync"
)

// importSlots bound how many imports are under way at a time. Those who wait get a
// slot in turn: accounts in lower rounds first, and accounts in the same round one
// post each. An account waits with one post at a time.
type importSlots struct {
	mu   sync.Mutex
	free int
	line []*importTurn
}

// importTurn is the place of an account in the line.
type importTurn struct {
	round int
	// come is closed when it is its turn.
	come chan struct{}
}

// enter waits for a slot.
func (s *importSlots) enter(ctx context.Context, round int) error {
	turn := s.join(round)
	if turn == nil {
		return nil
	}
	select {
	case <-turn.come:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.line, turn); i >= 0 {
		s.line = slices.Delete(s.line, i, i+1)
	} else {
		s.pass() // its turn has just come
	}
	return ctx.Err()
}

// join takes a free slot, or else joins the line.
func (s *importSlots) join(round int) *importTurn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free > 0 {
		s.free--
		return nil
	}
	turn := &importTurn{round: round, come: make(chan struct{})}
	i := slices.IndexFunc(s.line, func(t *importTurn) bool { return t.round > round })
	if i < 0 {
		i = len(s.line)
	}
	s.line = slices.Insert(s.line, i, turn)
	return turn
}

// leave makes room for the next import.
func (s *importSlots) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
}

// pass passes a slot on.
func (s *importSlots) pass() {
	if len(s.line) == 0 {
		s.free++
		return
	}
	close(s.line[0].come)
	s.line = s.line[1:]
}
