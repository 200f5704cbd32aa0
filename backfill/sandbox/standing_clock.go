package sandbox

import (
	"net/http"

	"tootfill/backfill"
)

// StandingClock is a clock that stands still while somebody holds it, so that no
// time is lost to work. The sandbox holds it while it answers a request, has
// background work left, or does a job of Sidekiq. It calls Wait only while it holds
// the clock, with at most one Wait at a time for each call of a Hold method; Wait
// lets go of the clock until it returns.
type StandingClock interface {
	backfill.Clock
	// Hold holds the clock until the function that it returns is called.
	Hold() (letGo func())
	// HoldToAnswer is Hold for the answer to a request from an address. So the clock
	// knows that the request has arrived, even while a Wait lets go.
	HoldToAnswer(from string) (letGo func())
}

// hold holds the clock until letGo is called, if it is a [StandingClock].
func (s *Sandbox) hold() (letGo func()) {
	if c, ok := s.clock.(StandingClock); ok {
		return c.Hold()
	}
	return func() {}
}

// holdToAnswer is hold for the answer to a request.
func (s *Sandbox) holdToAnswer(r *http.Request) (letGo func()) {
	if c, ok := s.clock.(StandingClock); ok {
		return c.HoldToAnswer(r.RemoteAddr)
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
