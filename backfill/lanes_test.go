package backfill

import (
	"fmt"
	"slices"
	"testing"

	"tootfill/backfill/fediverse"
)

func TestLanesKeepTheOrderAndPassBusyOrigins(t *testing.T) {
	var l lanes
	origins := &originClaims{busy: make(map[string]bool)}
	for i, domain := range []string{"a", "a", "b", "c", "a", "b"} {
		l.add(newTask(Target{Handle: fediverse.Handle{User: fmt.Sprint(i), Domain: domain}}, i))
	}
	var got []string
	take := func() {
		t, ok := l.take(origins)
		if !ok {
			got = append(got, "-")
			return
		}
		got = append(got, t.Handle.User)
	}
	take() // 0 of a
	take() // 2 of b
	take() // 3 of c
	take() // none: all are busy
	origins.free([]string{"b"})
	take() // 5 of b
	origins.free([]string{"a"})
	origins.free([]string{"b"})
	// One that was taken comes back, and is still before the others.
	l.add(newTask(Target{Handle: fediverse.Handle{User: "0", Domain: "a"}}, 0))
	take()
	origins.free([]string{"a"})
	take() // 1 of a
	origins.free([]string{"a"})
	take() // 4 of a
	if want := []string{"0", "2", "3", "-", "5", "0", "1", "4"}; !slices.Equal(got, want) || l.tasks != 0 || len(l.byHead)+len(l.byName) != 0 {
		t.Errorf("took %v, want %v; %d tasks are left in %d lanes", got, want, l.tasks, len(l.byHead))
	}
}

func TestSlotsAreLeftAndTakenBack(t *testing.T) {
	s := newSlots(2)
	first, second := s.take(), s.take()
	if s.isFree() {
		t.Error("two of two are taken, and one is free")
	}
	first.whileAway(func() {
		first.whileAway(func() {}) // the delivery waits for the origin, too
		if !s.isFree() {
			t.Error("one that waits for its origin keeps its slot")
		}
	})
	if s.isFree() {
		t.Error("one that is back has no slot")
	}
	first.whileAway(func() { first.giveUp() })
	second.giveUp()
	second.giveUp()
	if s.free != 2 || s.mayLeave != awayPerSlot {
		t.Errorf("%d are free, and %d may leave", s.free, s.mayLeave)
	}
}
