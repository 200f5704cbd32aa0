package backfill

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Errors that the ports and deliveries return and the engine tells apart with
// errors.Is.
var (
	// ErrNoAccount: home knows no such account and cannot find it.
	ErrNoAccount = errors.New("no such account")
	// ErrRefused: home answered an import without the post.
	ErrRefused = errors.New("home answered without the post")
	// ErrUncertain: the answer to an import did not come in time (a time-out, or a
	// 504 from a proxy in between); the post may be there all the same.
	ErrUncertain = errors.New("no answer in time")
	// ErrHopeless: home no longer gives anything from this origin.
	ErrHopeless = errors.New("too many empty answers in a row")
	// ErrStuck: home has failed at one post after the other, although it is well for
	// others. The posts below them are still to be tried.
	ErrStuck = errors.New("too many errors in a row")
	// ErrQueued: everything is pushed; a later run finds out what came of it.
	ErrQueued = errors.New("the jobs are in the queue")
	// ErrOutOfTime: the time for the run is up. A context that ends for this cause
	// does not interrupt a run, but has it defer what is left.
	ErrOutOfTime = errors.New("out of time")
	// ErrNoEndpoint: home does not offer backfills (404, 405, 501).
	ErrNoEndpoint = errors.New("the server has no backfill endpoint")
)

// UnauthorizedError: home does not accept the token, or not for this. It ends
// the run.
type UnauthorizedError struct {
	Server string
	// NotForThis says that home knows the token, but does not let it do what was
	// asked (403); otherwise the token is missing or wrong (401).
	NotForThis bool
	// Scope is the missing scope, such as read:search; empty if the token
	// itself is missing or wrong.
	Scope string
	// Message says what home said.
	Message string
}

func (e *UnauthorizedError) Error() string {
	if e.Scope != "" {
		return fmt.Sprintf("the access token for %s lacks the scope %s", e.Server, e.Scope)
	}
	if e.Message != "" {
		return fmt.Sprintf("%s does not accept the access token: %s", e.Server, e.Message)
	}
	return fmt.Sprintf("%s does not accept the access token", e.Server)
}

// UnavailableError: home gave no HTTP answer at all (DNS, connection, TLS), or asks
// for a pause that is too long to sit out (around a *NotNowError).
type UnavailableError struct {
	Server string
	// Unsent says that there was no connection, so that the server has not seen
	// the request.
	Unsent bool
	// Late says that the server has seen the request but did not answer in time.
	Late bool
	// Ledger says that it is the ledger's database, without which nothing can be done.
	Ledger bool
	Err    error
}

func (e *UnavailableError) Error() string {
	var notNow *NotNowError
	if errors.As(e.Err, &notNow) {
		return e.Server + " says " + notNow.Error()
	}
	return fmt.Sprintf("%s cannot be reached: %v", e.Server, e.Err)
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// AnswerError: home answered with an HTTP status that is an error.
type AnswerError struct {
	Server string
	Status int
	// Foreign says that the answer is not the API's JSON but something else, such
	// as a page from a proxy in front of home.
	Foreign bool
	Message string
}

func (e *AnswerError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("%s answered %d", e.Server, e.Status)
	}
	return fmt.Sprintf("%s answered %d: %s", e.Server, e.Status, e.Message)
}

// UnsupportedError: home's API lacks something indispensable. It ends the run.
type UnsupportedError struct {
	Server  string
	Message string
}

func (e *UnsupportedError) Error() string { return e.Server + " " + e.Message }

// NotNowError: home offers backfills but not at this moment (422, 429, 503).
type NotNowError struct {
	Status int
	// RetryAt is the time that home named; zero if it named none.
	RetryAt time.Time
	Message string
}

func (e *NotNowError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("not now (%d)", e.Status)
	}
	return fmt.Sprintf("not now (%d: %s)", e.Status, e.Message)
}

// LeftAloneError: home does not backfill this account (422 with a cause, for which
// IsOfAccount holds). It says nothing about others.
type LeftAloneError struct {
	Cause   Cause
	Message string
}

func (e *LeftAloneError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the account is left alone (%s)", e.Cause)
	}
	return e.Message
}

// LimitedError: the account was backfilled too recently.
type LimitedError struct {
	NextAllowed time.Time
}

func (e *LimitedError) Error() string {
	return "next allowed at " + e.NextAllowed.Format(time.RFC3339)
}

// BusyError: another process is working on the account.
type BusyError struct {
	// PID is the id of the other process; 0 if unknown.
	PID int
	// Host is the machine on which it runs; empty if it is this one.
	Host string
	// Taken says that the other process has taken the account from this one, which could
	// not be heard of for too long. It may have ended its work on it.
	Taken bool
}

func (e *BusyError) Error() string {
	who := "another tootfill"
	switch {
	case e.PID != 0 && e.Host != "":
		who += fmt.Sprintf(" (process %d on %s)", e.PID, e.Host)
	case e.PID != 0:
		who += fmt.Sprintf(" (process %d)", e.PID)
	}
	if e.Taken {
		return who + " has taken over the account while this one was cut off from the ledger"
	}
	return who + " is working on the account"
}

// OlderProcessError: the ledger has to be brought up to date, and an older tootfill is
// still working with it.
type OlderProcessError struct {
	// Ledger is the ledger's file, and Version what it must be brought to.
	Ledger  string
	Version int
	// PID is that process; 0 if it has claimed nothing, and so has not said which it is.
	PID int
}

func (e *OlderProcessError) Error() string {
	process := ""
	if e.PID != 0 {
		process = fmt.Sprintf(" (process %d)", e.PID)
	}
	return fmt.Sprintf("the ledger %s must be brought to version %d, but an older tootfill%s is working with it", e.Ledger, e.Version, process)
}

// LedgerInUseError: a process works with a ledger that nobody must change now.
type LedgerInUseError struct {
	PID int
}

func (e *LedgerInUseError) Error() string {
	return fmt.Sprintf("a tootfill (process %d) is working with the ledger", e.PID)
}

// OriginError: an origin could not be read.
type OriginError struct {
	Host  string
	Cause Cause
	Err   error
	// Down says that the server as a whole seems to be down: it cannot be connected
	// to, does not begin to answer, or something in front of it says so.
	Down bool
}

func (e *OriginError) Error() string {
	return fmt.Sprintf("%s: %v", e.Host, e.Err)
}

// passing reports whether the same request may well succeed later.
func (e *OriginError) passing() bool { return e.Cause == ServerError || e.Cause == Unreachable }

func (e *OriginError) Unwrap() error { return e.Err }

// OfListing reports whether an error is about the origin's list, so that posts can be
// imported all the same.
func OfListing(err error) bool {
	var origin *OriginError
	var paused *PausedError
	return errors.As(err, &origin) || errors.As(err, &paused)
}

// RobotsError: the robots.txt of an origin forbids a request.
type RobotsError struct {
	// Agent is whom the rule addresses: tootfill, or * for everybody.
	Agent string
	// Rule is the line that forbids the request, and Path what was asked for.
	Rule, Path string
	// Strict says that rules for everybody apply to every request.
	Strict bool
}

func (e *RobotsError) Error() string {
	return fmt.Sprintf("robots.txt forbids reading %s (%q, User-agent: %s)", e.Path, e.Rule, e.Agent)
}

// hint says whom the rule addresses, and what changes that.
func (e *RobotsError) hint() Hint {
	rule := strconv.Quote(e.Rule)
	switch {
	case e.Agent != "*":
		return Say("it says " + rule + " to " + e.Agent + " by name, which no setting changes: only its admins can")
	case e.Strict:
		return Hint{Kind: RobotsStrict, About: rule}
	}
	return Hint{Kind: RobotsListing, About: rule}
}

// UnfinishedError: a delivery has left something for a later run to settle, and
// this is what ended the walk.
type UnfinishedError struct{ Err error }

func (e *UnfinishedError) Error() string { return e.Err.Error() }

func (e *UnfinishedError) Unwrap() error { return e.Err }

// PausedError: an origin has asked for a pause that is too long to sit out.
type PausedError struct {
	Host  string
	Until time.Time
}

func (e *PausedError) Error() string {
	return fmt.Sprintf("%s asks to wait until %s", e.Host, e.Until.Format(time.RFC3339))
}

// Hinted is an error with advice for the person who reads it.
type Hinted struct {
	Err  error
	Hint Hint
}

func (e *Hinted) Error() string { return e.Err.Error() }

func (e *Hinted) Unwrap() error { return e.Err }
