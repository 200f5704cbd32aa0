package sandbox

import "tootfill/backfill"

// StandingClock is a clock that stands still while somebody holds it, so that no
// time is lost to work. The sandbox holds it while it answers a request, has
// background work left, or does a job of Sidekiq. It calls Wait only while it
// holds the clock, once for each call of Hold at a time: Wait lets go until it
// returns.
type StandingClock interface {
	backfill.Clock
	// Hold holds the clock until the function that it returns is called.
	Hold() (letGo func())
}

// hold holds a clock that stands while there is work.
func (s *Sandbox) hold() (letGo func()) {
	if c, ok := s.clock.(StandingClock); ok {
		return c.Hold()
	}
	return func() {}
}

// holding holds the clock from now until do has returned in a goroutine that
// begins later.
func (s *Sandbox) holding(do func()) func() {
	letGo := s.hold()
	return func() {
		defer letGo()
		do()
	}
}
