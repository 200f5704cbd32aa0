package backfill

import (
	"time"

	"tootfill/backfill/fediverse"
)

// task is a target on its way through the dispatch.
type task struct {
	Target
	// number is its place among the tasks of the run.
	number int
	// origins are the names of its origin, as far as they are known.
	origins []string
	// admitted says that the account counts as one of the run's.
	admitted bool
	// found is the account, if it was found before its turn had come.
	found *fediverse.Account
	// recalled is what was remembered of it; nil if home was asked.
	recalled *knownAccount
	// run is what was begun, if further rounds are to come.
	run *accountRun
}

// round is the round, counted from 0, for which the task waits.
func (t task) round() int {
	if t.run == nil {
		return 0
	}
	return t.run.progress.round
}

// limitedTask is a task whose account has to wait for its limit.
type limitedTask struct {
	task task
	next time.Time
}

// ending is what became of a task: it is over, or has to wait, for another account of
// its origin or for its next round.
type ending struct {
	task
	again bool
	// came is what came of the account; nil if there is nothing to report yet.
	came *conclusion
	// unclaimed says that it has given back the names of its origin.
	unclaimed bool
}

func newTask(target Target, number int) task {
	t := task{Target: target, number: number, origins: []string{target.Handle.Domain}}
	if target.Account != nil {
		a := brief(*target.Account)
		t.Account, t.origins = &a, append(t.origins, a.Origins()...)
	}
	return t
}

// brief is an account as tasks keep it, of which many may wait: all that remains of its
// profile is whether that opts out.
func brief(a fediverse.Account) fediverse.Account {
	a.Note, a.DisplayName = fediverse.OptOut(a.Note), ""
	return a
}
