package backfill

// bePatient makes the session wait out short outages of home and its databases.
func (s *session) bePatient() {
	p := s.Patience
	if p == nil {
		p = &Patience{Clock: s.Clock, Tell: s.tell, Home: s.Home}
	}
	p.met.Store(true)
	s.Engine = s.patiently(p)
	s.Patience = p
	with := Shared{Home: s.Home, Accounts: s.Accounts, Clock: s.Clock, Patience: p, Options: s.Options}
	if s.Resolve != nil {
		s.beginResolve = s.Resolve.Start(s.ctx, with)
	}
	if s.Push != nil {
		s.beginPush = s.Push.Start(s.ctx, with)
	}
}

// giveUp notes that a server was away for too long. The run defers the accounts
// after that without asking anybody, until the server may be asked again.
func (s *session) giveUp(outage *OutageError) {
	s.mu.Lock()
	first := s.outage != outage || !s.outageTold
	s.outage, s.outageTold = outage, true
	s.mu.Unlock()
	if first {
		s.tell(Warned{Text: outage.Error() + "; the accounts that need it are deferred", Hint: Say(s.Patience.Advice)})
	}
}

// lastOutage is the outage that defers accounts; nil if there is none.
func (s *session) lastOutage() *OutageError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outage == nil || !s.putsOff && !s.Clock.Now().Before(s.outage.RetryAt) {
		return nil
	}
	return s.outage
}
