package backfill

import (
	"context"
	"errors"
)

// EndsRun reports whether an error is about the home server or the ledger as a
// whole, so that no other post or account can do better.
func EndsRun(err error) bool {
	var unauthorized *UnauthorizedError
	var unavailable *UnavailableError
	var answer *AnswerError
	var origin *OriginError
	var paused *PausedError
	var limited *LimitedError
	var busy *BusyError
	var down *DownError
	var outage *OutageError
	var excluded *ExcludedError
	switch {
	case err == nil:
		return false
	case isLedgerAway(err):
		return true
	case errors.As(err, &unauthorized), errors.As(err, &outage), untrusted(err):
		return true
	case errors.As(err, &unavailable), errors.As(err, &answer), errors.As(err, &origin), errors.As(err, &paused),
		errors.As(err, &limited), errors.As(err, &busy), errors.As(err, &down), errors.As(err, &excluded),
		errors.Is(err, ErrNoAccount), errors.Is(err, ErrRefused), errors.Is(err, ErrUncertain),
		errors.Is(err, ErrHopeless), errors.Is(err, ErrOutOfTime), errors.Is(err, context.Canceled):
		return false
	}
	return true
}

// Graver chooses which of two errors to report that have ended the work on an account:
// the later one, unless it only says that the run was interrupted and the first one ends
// the run anyway.
func Graver(first, later error) error {
	if later == nil || errors.Is(later, context.Canceled) && EndsRun(first) {
		return first
	}
	return later
}
