package service

import (
	"context"
	"fmt"
	"time"

	"tootfill/backfill/fediverse"
)

// State is how far an account has come.
type State string

// The states of an account.
const (
	// Waiting: it was asked for, and its turn has not come.
	Waiting State = "waiting"
	// Running: a process is working on it.
	Running State = "running"
	// Done, Deferred, Failed and Skipped are what came of its last backfill.
	Done     State = "done"
	Deferred State = "deferred"
	Failed   State = "failed"
	Skipped  State = "skipped"
	// Unknown: it was never backfilled.
	Unknown State = "unknown"
)

// Asking is what somebody asks for.
type Asking struct {
	// Account is to be backfilled, and ID is its id at home.
	Account fediverse.Handle
	ID      string
	// By is the id at home of the account that asks.
	By string
}

// Bounds are the limits of what may be asked for.
type Bounds struct {
	// PerUser is how often an account may be told within an hour that what it asks for
	// is noted.
	PerUser int
	// MaxQueued is how many accounts may wait.
	MaxQueued int
}

// Place is an account's place in the queue.
type Place struct {
	// State is Waiting or Running.
	State State
	// NextAllowed is when the account may be backfilled next; zero if that is now.
	NextAllowed time.Time
}

// Progress is what is known of an account's backfills.
type Progress struct {
	Place
	// Counts are those of all its posts that are known.
	Counts Counts
}

// Counts count the posts of an account.
type Counts struct {
	// Listed are those that its origin has shown. Home has the Imported ones because of
	// us, and had the Held ones before. It does not take the Refused ones. The others are
	// Left.
	Listed, Imported, Held, Refused, Left int
}

// Queue keeps who has asked for what. Several processes may use it at once.
type Queue interface {
	// Ask notes what somebody asks for. It is on disk when Ask returns. An account that
	// waits or is worked on already is no error, whatever the bounds say. Errors are, or
	// wrap, *TooSoonError, *TooManyError and *FullError.
	Ask(ctx context.Context, a Asking, b Bounds) (Place, error)
	// Progress tells how far an account has come.
	Progress(ctx context.Context, account fediverse.Handle) (Progress, error)
}

// TooSoonError says that the account was backfilled within the hour.
type TooSoonError struct {
	// NextAllowed is when that is over.
	NextAllowed time.Time
}

func (e *TooSoonError) Error() string {
	return "next allowed at " + e.NextAllowed.Format(time.RFC3339)
}

// TooManyError says that who asks has had too much noted within the hour.
type TooManyError struct {
	// RetryAt is when something may be noted again.
	RetryAt time.Time
}

func (e *TooManyError) Error() string {
	return "too many backfills asked for; ask again at " + e.RetryAt.Format(time.RFC3339)
}

// FullError says that too many accounts wait.
type FullError struct{ Waiting int }

func (e *FullError) Error() string { return fmt.Sprintf("%d accounts wait already", e.Waiting) }
