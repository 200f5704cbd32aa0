package backfill

import (
	"errors"
	"time"
)

// OutageError: a server that the run cannot do without was away for longer than the
// run waits, or asks for a pause as long as that. It defers accounts.
type OutageError struct {
	Server string
	// RetryAt is when the server may be asked again.
	RetryAt time.Time
	Err     error
}

func (e *OutageError) Error() string { return answerIn(e.Err) }

func (e *OutageError) Unwrap() error { return e.Err }

// cause tells a server that asks for a pause from one that is away.
func (e *OutageError) cause() Cause {
	var notNow *NotNowError
	if errors.As(e.Err, &notNow) {
		return NotNow
	}
	return Outage
}
