package backfill

import (
	"fmt"
	"strconv"
	"time"

	"tootfill/backfill/fediverse"
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

// tries bounds how often an account is tried in vain.
type tries struct {
	account fediverse.Handle
	s       *session
	// fact is how many runs in a row have tried the account in vain.
	fact Fact
}

// triesOf are those of an account, by its canonical handle or, as long as home cannot
// identify it, by the name by which it is asked for.
func (s *session) triesOf(h fediverse.Handle) tries {
	return tries{account: h, s: s, fact: NewFact(s.engine.Ledger, s.engine.Home, "standstill", h)}
}

func (r *accountRun) tries() tries { return r.s.triesOf(r.account.Handle) }

// inVain is how many runs in a row have brought nothing.
func (t tries) inVain() (int, error) {
	text, err := t.fact.Recall(t.s.saving)
	if err != nil {
		return 0, fmt.Errorf("recalling the last runs of %s: %w", t.account, err)
	}
	runs, _ := strconv.Atoi(text) // anything but a number was never ours
	return runs, nil
}

// bound makes sure that an account at which nothing changes is not due for good. A run
// that has tried in vain counts, unless it has ended the row: it has brought a post, or has
// left nothing to try. After maxStandstills of them in a row the run is
// closed, and the account rests until somebody asks for it. It returns the new number, to
// be recorded with the verdict, so that no crash has a run counted twice; nil if it is
// the same.
func (t tries) bound(v *verdict, n counts, ended bool) (*Memo, error) {
	if !ended && !v.triedInVain(n) {
		return nil, nil
	}
	runs, err := t.inVain()
	switch {
	case err != nil, ended && runs == 0:
		return nil, err
	case ended:
		return t.memo(0), nil
	}
	runs++
	v.afterVain(runs, t.s.now())
	return t.memo(runs), nil
}

func (t tries) memo(runs int) *Memo {
	return t.fact.Memo(strconv.Itoa(runs), t.s.now().Add(standstillMemory))
}

// afterVain puts the account off for as long as so many runs in vain suggest, or closes
// its run.
func (v *verdict) afterVain(runs int, now time.Time) {
	if runs < maxStandstills {
		if !v.retryAt.IsZero() {
			v.retryAt = latest(v.retryAt, now.Add(standstillGap(runs)))
		}
		return
	}
	v.retryAt, v.open, v.resting = time.Time{}, false, true
	if v.status != Done {
		v.hint = Say(fmt.Sprintf("%d runs in a row have brought nothing: it is left until it is asked for again", runs))
	}
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

// leavesNothing reports whether a run has left nothing that would be tried again.
func (v verdict) leavesNothing(n counts) bool {
	return v.status == Done && !v.recent && !v.unfinished && v.retryAt.IsZero() && !n.vain && n.rest.IsZero()
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
