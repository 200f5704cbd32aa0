package backfill

import "time"

// verdict is what is concluded of an account.
type verdict struct {
	status Status
	// cause, reason and hint are those of a Result.
	cause  Cause
	reason string
	hint   Hint
	// retryAt is when the account is to be resumed; zero if only resting posts, if
	// any, call for that.
	retryAt time.Time
	// open says that the run can resume later without a new token.
	open bool
	// unspent and recent are those of a Result.
	unspent, recent bool
	// resting says that the account is not resumed for the sake of resting posts, and
	// unfinished that jobs of the run are still in home's queue.
	resting, unfinished bool
	// noted says that the account's note stays: it asks for more than this run was
	// asked for, or this run leaves the account out.
	noted bool
}

// done says that everything that could be done is done.
func done(reason string, hint Hint) verdict { return verdict{status: Done, reason: reason, hint: hint} }

// queued says that home does the rest.
func queued(reason string) verdict { return verdict{status: Queued, reason: reason} }

// partial says that something is left undone.
func partial(reason string, hint Hint) verdict {
	return verdict{status: Partial, reason: reason, hint: hint}
}

// skipped leaves the account alone because of somebody's standing choice.
func skipped(c Cause, reason string, hint Hint) verdict {
	return verdict{status: Skipped, cause: c, reason: reason, hint: hint}
}

// failed says that nothing could be done for the account, but another try or a
// person may mend that.
func failed(c Cause, reason string, hint Hint) verdict {
	return verdict{status: FailedAccount, cause: c, reason: reason, hint: hint}
}

// interrupted says that the user has stopped the run.
func interrupted(reason string) verdict { return verdict{status: Interrupted, reason: reason} }

// deferred puts the account off until a time.
func deferred(at time.Time, c Cause, reason string) verdict {
	return verdict{status: Deferred, cause: c, reason: reason, retryAt: at}
}

// tryAgain is v with a time at which to resume the account.
func (v verdict) tryAgain(at time.Time) verdict {
	v.retryAt = at
	return v
}

// stayOpen is v of a run that can resume later without a new token.
func (v verdict) stayOpen() verdict {
	v.open = true
	return v
}
