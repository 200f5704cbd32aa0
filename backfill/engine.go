package backfill

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"tootfill/backfill/fediverse"
)

// Via is the choice of routes.
type Via string

// The choices of routes.
const (
	// ViaAuto tries route request first, then route sidekiq if there are
	// workers, otherwise route resolve.
	ViaAuto    Via = "auto"
	ViaRequest Via = "request"
	ViaResolve Via = "resolve"
	ViaSidekiq Via = "sidekiq"
)

// Options say what a run is to do.
type Options struct {
	Via Via
	// Limit is how many of the newest eligible posts are wanted; 0 means all.
	Limit int
	// Since and Until bound the dates of the posts; zero means open.
	Since, Until time.Time
	// Concurrency is how many imports run at a time, at least 1.
	Concurrency int
	// NotFollowed allows accounts that the token's account does not follow.
	NotFollowed bool
	// Wait is for how long to look for posts after home has taken a request.
	Wait time.Duration
	// Boosts imports boosted posts, too.
	Boosts bool
	// RespectIndexable leaves accounts alone that do not want to be indexed.
	RespectIndexable bool
	// MaxWaiting is how many jobs of route sidekiq may wait at a time, at least 1.
	MaxWaiting int
	// MaxLatency pauses route sidekiq while the oldest job that imports has
	// waited longer.
	MaxLatency time.Duration
	// NoWait ends route sidekiq once all is pushed; a later run settles it.
	NoWait bool
	// HomeTimelines has what was imported merged into the home timelines of the
	// account's followers (route sidekiq).
	HomeTimelines bool
	// Listing is the kind of listing that was asked for; empty means whichever
	// the origin has.
	Listing string
	// RetryLeft tries the posts once more that were left after too many runs.
	RetryLeft bool
	// WaitLimit waits for the hourly limit of an account instead of deferring it.
	WaitLimit bool
}

// Target is an account to backfill.
type Target struct {
	Handle fediverse.Handle
	// Spelling is the user part as somebody has typed it; empty if nobody has.
	Spelling string
	// Account and Standing are set where the source has them from home already.
	Account  *fediverse.Account
	Standing *Standing
	// Wanted is what is wanted of this account; nil means what the options say.
	Wanted *Wanted
}

// Engine runs backfills.
type Engine struct {
	Accounts  Accounts
	Requester Requester // nil leaves route request out
	// Resolve and Push are routes resolve and sidekiq; nil leaves one out.
	Resolve, Push Deliverer
	// Refresher mends the number of posts on profiles; nil leaves it to home.
	Refresher Refresher
	Origin    Origin
	Ledger    Ledger
	Clock     Clock
	Listener  Listener
	// Patience waits out short outages; nil means one for each run, without a
	// pulse.
	Patience *Patience
	// Home is the name of the home server, as people and the ledger know it.
	Home    string
	Options Options
}

// accountsAtOnce is how many accounts are worked on at a time, each on an
// origin of its own, so that a slow origin does not hold up the others.
const accountsAtOnce = 4

// Run works through the targets. What came of each account is told by events. The
// error is nil, the context's (interrupted, all saved), or what ended the run
// early: *UnauthorizedError, *UnavailableError, an error of the ledger or the
// targets' own. A server that is away for long ends nothing: what needs it is
// deferred, and what comes after that is not tried.
//
// The end of ctx lets imports in flight finish and starts nothing new.
func (e *Engine) Run(ctx context.Context, targets iter.Seq2[Target, error]) error {
	s := e.begin(ctx)
	defer s.stop(nil)
	s.bePatient()
	return s.work(targets)
}

func (e *Engine) begin(ctx context.Context) *session {
	run, cancel := context.WithCancelCause(ctx)
	return &session{
		Engine:  e,
		ctx:     run,
		saving:  context.WithoutCancel(ctx),
		stop:    cancel,
		origins: &originClaims{busy: make(map[string]bool)}, admitted: make(map[fediverse.Handle]struct{}),
	}
}

// work works through the targets, those that were limited last.
func (s *session) work(targets iter.Seq2[Target, error]) error {
	err := s.dispatch(targets)
	for err == nil && len(s.limited) > 0 {
		err = s.runLimited()
	}
	for _, l := range s.limited {
		if interrupted := s.interruptedWaiting(l); err == nil {
			err = interrupted
		}
	}
	if cause := context.Cause(s.ctx); cause != nil && err == nil {
		err = cause
	}
	return err
}

// interruptedWaiting notes an account whose limit was waited for, so that it is
// taken up when its time has come.
func (s *session) interruptedWaiting(l limitedTask) error {
	const reason = "interrupted while waiting for its limit"
	wanted := s.optionsFor(l.task.Target).wantedAs(l.task.Target)
	err := s.Ledger.Defer(s.saving, Deferral{Account: l.task.Handle, RetryAt: l.next, Reason: reason, Wanted: &wanted})
	s.tell(AccountFinished{Result: Result{Account: l.task.Handle, Status: Interrupted, RetryAt: l.next, Cause: Limited, Reason: reason}})
	if err != nil {
		return fmt.Errorf("deferring %s: %w", l.task.Handle, err)
	}
	return nil
}

// session is one Run of an engine.
type session struct {
	*Engine
	// ctx ends when nothing new may be started: the caller's context ended, or
	// stop was called with an error that ends the run.
	ctx context.Context
	// saving never ends: what has happened must be recorded.
	saving context.Context
	stop   context.CancelCauseFunc
	// resolve and push begin the deliveries of one account; nil where there is no
	// such route.
	resolve, push func(Filling) (Delivery, error)

	// origins are those that are being worked on.
	origins *originClaims

	// mu guards the fields below it.
	mu sync.Mutex
	// admitted are the accounts that the run has had, by their canonical names.
	admitted map[fediverse.Handle]struct{}
	limited  []limitedTask
	// outage is that of a server that was given up; nil if there was none.
	outage *OutageError
	// putsOff says that all accounts are deferred by it, however long the run takes.
	putsOff bool
	// outageTold says that people know that accounts are deferred by it.
	outageTold bool

	telling sync.Mutex
	// onceClosed is for the one warning that route request is not open.
	onceClosed sync.Once
}

type limitedTask struct {
	task task
	next time.Time
}

func (s *session) tell(e Event) {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.Listener.Event(e)
}

// wait waits until a time and tells of it.
func (s *session) wait(h fediverse.Handle, on string, d time.Duration, reason string) error {
	if d <= 0 {
		return s.ctx.Err()
	}
	s.tell(Waiting{Account: h, On: on, Until: s.Clock.Now().Add(d), Reason: reason})
	return s.Clock.Wait(s.ctx, d)
}

// runLimited waits for the limited account that may run first, and runs it.
func (s *session) runLimited() error {
	first := 0
	for i, l := range s.limited {
		if l.next.Before(s.limited[first].next) {
			first = i
		}
	}
	l := s.limited[first]
	err := s.wait(l.task.Handle, l.task.Handle.String(), l.next.Sub(s.Clock.Now()), "one backfill per account per period")
	if err != nil {
		return err
	}
	s.limited = append(s.limited[:first], s.limited[first+1:]...)
	return s.dispatch(func(func(Target, error) bool) {}, l.task)
}

// EndsRun says whether an error is about the home server or the ledger as a
// whole, so that no other post or account can fare better.
func EndsRun(err error) bool {
	var unauthorized *UnauthorizedError
	var unavailable *UnavailableError
	var answer *AnswerError
	var origin *OriginError
	var paused *PausedError
	var limited *LimitedError
	var busy *BusyError
	var outage *OutageError
	switch {
	case err == nil:
		return false
	case errors.As(err, &unauthorized), errors.As(err, &outage), untrusted(err):
		return true
	case errors.As(err, &unavailable), errors.As(err, &answer), errors.As(err, &origin), errors.As(err, &paused),
		errors.As(err, &limited), errors.As(err, &busy),
		errors.Is(err, ErrNoAccount), errors.Is(err, ErrRefused), errors.Is(err, ErrUncertain),
		errors.Is(err, ErrHopeless), errors.Is(err, context.Canceled):
		return false
	}
	return true
}
