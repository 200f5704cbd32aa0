package backfill

// bePatient makes the session wait out short outages of home and its databases.
func (s *session) bePatient() {
	p := s.engine.Patience
	if p == nil {
		p = &Patience{Clock: s.engine.Clock, Tell: s.tell, Home: s.engine.Home}
	}
	p.met.Store(true)
	e := s.engine.patiently(p)
	with := Shared{Home: e.Home, Accounts: e.Accounts, Clock: e.Clock, Patience: p, Options: e.Options}
	if e.Resolve != nil {
		s.beginResolve = e.Resolve.Start(s.ctx, with)
	}
	if e.Replies != nil {
		s.beginReplies = e.Replies.Start(s.ctx, with)
	}
	if e.Push != nil {
		s.beginPush = e.Push.Start(s.ctx, with)
	}
	s.engine = e
}

// giveUp notes that a server was away for too long. The run defers the accounts
// after that without asking anybody, until the server may be asked again.
func (s *session) giveUp(outage *OutageError) {
	s.mu.Lock()
	first := s.outage != outage || !s.outageTold
	s.outage, s.outageTold = outage, true
	s.mu.Unlock()
	if first {
		s.tell(Warned{Text: outage.Error() + "; the accounts that need it are deferred", Hint: Say(s.engine.Patience.Advice)})
	}
}

// lastOutage is the outage that defers accounts; nil if there is none.
func (s *session) lastOutage() *OutageError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outage == nil || !s.putsOff && !s.now().Before(s.outage.RetryAt) {
		return nil
	}
	return s.outage
}
