package sandbox

import "tootfill/backfill"

// StandingClock is a clock that stands still while somebody holds it, so that no
// time is lost to work. The sandbox holds it while it answers a request, has
// background work left, or does a job of Sidekiq. It calls Wait only while it holds
// the clock, with at most one Wait at a time for each call of Hold; Wait lets go of
// the clock until it returns.
type StandingClock interface {
	backfill.Clock
	// Hold holds the clock until the function that it returns is called.
	Hold() (letGo func())
}

// hold holds the clock until letGo is called, if it is a [StandingClock].
func (s *Sandbox) hold() (letGo func()) {
	if c, ok := s.clock.(StandingClock); ok {
		return c.Hold()
	}
	return func() {}
}

// holding holds the clock at once, for a goroutine that starts later, and lets go of
// it when do returns.
func (s *Sandbox) holding(do func()) func() {
	letGo := s.hold()
	return func() {
		defer letGo()
		do()
	}
}
