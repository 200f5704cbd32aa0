package backfill

import "tootfill/backfill/fediverse"

// accountRun is the backfill of one account. It is made once it is known which
// account that is: the canonical handle is the only name that it has.
type accountRun struct {
	s       *session
	account fediverse.Account
	// options are those for this account, and wanted is what is noted of them if
	// the account is deferred.
	options Options
	wanted  Wanted
	// fromNote says that the run takes up a note of the ledger, and so stands in
	// its place.
	fromNote bool
	// standing is how the token's account stands to it; nil if that is to be asked.
	standing *Standing
	// handOver gives the account's place to the next one, while this one only
	// waits for what home makes of it.
	handOver func()

	tally tally
	// route is empty as long as none is taken.
	route Route
	run   Run
	begun bool
}

func (s *session) newRun(t task, a fediverse.Account) *accountRun {
	o := s.optionsFor(t.Target)
	return &accountRun{s: s, account: a, options: o, wanted: o.wantedAs(t.Target), fromNote: t.Wanted != nil, standing: t.Standing}
}
