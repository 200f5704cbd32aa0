package backfill

import (
	"fmt"
	"strconv"
	"time"
)

const (
	// maxStandstills is how many runs in a row may try an account in vain before it is
	// no longer due by itself: nothing suggests that one more would do better.
	maxStandstills = 10
	// hourlyStandstills is how many of them are an hour apart. Each gets to a few more
	// posts, since those that were refused rest. The gaps after that grow.
	hourlyStandstills = 5
	// standstillMemory is how long the last of them is remembered.
	standstillMemory = 365 * 24 * time.Hour
)

// standstillGap is the least time before an account is tried again after so many runs in
// vain.
func standstillGap(runs int) time.Duration { return retryGap(runs - hourlyStandstills + 1) }

// standstillFact is how many runs in a row have brought nothing.
func (s *session) standstillFact(r *accountRun) Fact { return s.factOf(r.account, "standstill") }

// standstills is how many runs in a row have brought nothing.
func (r *accountRun) standstills() (int, error) {
	text, err := r.s.standstillFact(r).Recall(r.s.saving)
	if err != nil {
		return 0, fmt.Errorf("recalling the last runs of %s: %w", r.account.Handle, err)
	}
	runs, _ := strconv.Atoi(text) // anything but a number was never ours
	return runs, nil
}

func (r *accountRun) rememberStandstills(runs int) error {
	err := r.s.standstillFact(r).Remember(r.s.saving, strconv.Itoa(runs), r.s.now().Add(standstillMemory))
	if err != nil {
		return fmt.Errorf("remembering the last runs of %s: %w", r.account.Handle, err)
	}
	return nil
}

// boundTries makes sure that an account at which nothing changes is not due for good. A
// run that has tried in vain and brought nothing counts; one that has brought a post
// ends the row. After maxStandstills of them in a row the run is closed, and the
// account rests until somebody asks for it.
func (r *accountRun) boundTries(v *verdict, n counts) error {
	if r.tally.hasBrought() {
		runs, err := r.standstills()
		if runs == 0 || err != nil {
			return err
		}
		return r.rememberStandstills(0)
	}
	if !v.triedInVain(n) {
		return nil
	}
	runs, err := r.standstills()
	if err != nil {
		return err
	}
	runs++
	if err := r.rememberStandstills(runs); err != nil {
		return err
	}
	if runs < maxStandstills {
		if !v.retryAt.IsZero() {
			v.retryAt = latest(v.retryAt, r.s.now().Add(standstillGap(runs)))
		}
		return nil
	}
	v.retryAt, v.open, v.resting = time.Time{}, false, true
	if v.status != Done {
		v.hint = Say(fmt.Sprintf("%d runs in a row have brought nothing: it is left until it is asked for again", runs))
	}
	return nil
}

// triedInVain reports whether a run was in vain, and would be tried again. One that was
// put off or interrupted was not, nor was one whose jobs are still in the queue.
func (v verdict) triedInVain(n counts) bool {
	switch v.status {
	case Done, Partial, FailedAccount:
	default:
		return false
	}
	return !v.unfinished && (!v.retryAt.IsZero() || n.vain && !n.rest.IsZero())
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
