package backfill

import "tootfill/backfill/fediverse"

// Settlement is what the ledger records when the work on an account has ended, or the
// account is put off.
type Settlement struct {
	Account fediverse.Handle
	// Deferral replaces the note that the account has to wait, and Undefer removes it;
	// without either it stays as it is. So does a note of which Keeps says that, by what
	// it wants of the account, if that is known; nil keeps none.
	Deferral *Deferral
	Undefer  bool
	Keeps    func(noted Wanted) bool
	// Run is the run that has come to Result; nil if none was begun. Its claim is
	// released and, if the result is Unspent, its hourly token given back. The run is
	// closed unless it StaysOpen. Result counts the imports that no earlier one has told
	// of; see [Run].
	Run       *Run
	Result    Result
	StaysOpen bool
	// Memos are what to remember of the account.
	Memos []Memo
}

// isEmpty reports whether there is nothing to record.
func (s Settlement) isEmpty() bool {
	return s.Deferral == nil && !s.Undefer && s.Run == nil && len(s.Memos) == 0
}

// remember adds what to remember of the account; nil adds nothing.
func (s *Settlement) remember(m *Memo) {
	if m != nil {
		s.Memos = append(s.Memos, *m)
	}
}

// note has the account resumed at the time that its result names. Otherwise it removes
// the note.
func (s *Settlement) note(wanted Wanted) {
	r := s.Result
	if r.RetryAt.IsZero() {
		s.Undefer = r.Status != Interrupted
		return
	}
	s.Deferral = &Deferral{Account: r.Account, RetryAt: r.RetryAt, Reason: r.Reason, Wanted: &wanted}
	if s.Deferral.Reason == "" {
		s.Deferral.Reason = "some posts will be tried again"
	}
}
