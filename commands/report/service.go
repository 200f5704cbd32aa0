package report

import "tootfill/backfill"

// Service tells people or a log, for as long as a service runs, what comes of accounts:
// on standard error, an account at a time. Programs read JSON Lines on standard output.
// It is safe for concurrent use.
type Service struct{ run *Run }

var _ backfill.Listener = Service{}

// NewService returns a report of a service.
func NewService(o Options) Service {
	return Service{&Run{Options: o, out: resultWriter{w: o.Stdout}}}
}

// Event reports an event. Nothing is to be said of accounts that were filled a short
// while ago.
func (s Service) Event(e backfill.Event) {
	r := s.run
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case backfill.Warned:
		r.showWarning(e)
	case backfill.AccountFinished:
		if !e.Result.Recent || r.Verbose {
			s.finished(e.Result)
		}
	}
}

func (s Service) finished(result backfill.Result) {
	r := s.run
	if r.JSON {
		r.printJSON(r.newResultLine(result, 0))
	}
	troubled := result.Status == backfill.FailedAccount || result.Status == backfill.Partial
	if r.Quiet && !troubled {
		return
	}
	how, about := r.resultLog(result, 0)
	if !troubled {
		how = info
	}
	r.tell(how, about, r.resultLines(result, 0, r.stderrColour()))
}

// Notice tells something of our own.
func (s Service) Notice(text string) {
	s.run.mu.Lock()
	defer s.run.mu.Unlock()
	if !s.run.Quiet {
		s.run.tell(info, logLine{Message: text}, text)
	}
}
