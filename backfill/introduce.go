package backfill

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// introducedAtOnce is about how many accounts home is asked about at once. Mastodon
	// takes any number of ids; they have to fit into an address that every proxy takes.
	introducedAtOnce = 40
	// lookupsAtOnce is how many of them are looked up at the same time.
	lookupsAtOnce = 8
	// mostLookedUp is how many accounts that were looked up may wait for their turn.
	// Where many live on one server, that can be hours, and home's limits are better
	// used for posts.
	mostLookedUp = 3 * introducedAtOnce
	// gatherTime is how long a target waits for others: a list may come from a program
	// that writes a line now and then.
	gatherTime = 100 * time.Millisecond
	// freshFor is how long an account may wait for its turn before home is asked again,
	// if there is anything to deliver.
	freshFor = 10 * time.Minute
)

// introduced yields the targets, after home was asked about many at once which accounts
// they are, and how it stands to them. What home was not asked, or did not answer, is
// asked when an account's turn comes.
func (s *session) introduced(targets iter.Seq2[Target, error]) iter.Seq2[Target, error] {
	if s.engine.Introducer == nil {
		return targets
	}
	return func(yield func(Target, error) bool) {
		ahead, stop := s.ahead(targets)
		defer stop()
		for more := true; more; {
			var batch []fed
			batch, more = s.gather(ahead)
			s.introduce(batch)
			for _, f := range batch {
				if !yield(f.target, f.err) || f.err != nil {
					return
				}
			}
		}
	}
}

// ahead reads a few targets ahead. stop ends that.
func (s *session) ahead(targets iter.Seq2[Target, error]) (_ <-chan fed, stop func()) {
	ahead, stopped := make(chan fed, introducedAtOnce), make(chan struct{})
	go func() {
		defer close(ahead)
		for target, err := range targets {
			select {
			case ahead <- fed{target, err}:
			case <-stopped:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return ahead, func() {
		close(stopped)
		for range ahead { //nolint:revive // until the source has ended too
		}
	}
}

// gather returns the targets that come within a short time. more is false at their end.
func (s *session) gather(ahead <-chan fed) (batch []fed, more bool) {
	first, more := <-ahead
	if !more {
		return nil, false
	}
	batch = append(batch, first)
	timed, cancel := context.WithCancel(s.ctx)
	defer cancel()
	go func() {
		defer cancel()
		_ = s.engine.Clock.Wait(timed, gatherTime) // whatever ends the wait, nobody waits any longer
	}()
	for len(batch) < introducedAtOnce {
		select {
		case next, more := <-ahead:
			if !more {
				return batch, false
			}
			batch = append(batch, next)
		case <-timed.Done():
			return batch, true
		}
	}
	return batch, true
}

// introduce asks home about targets. A single one can as well be asked about when its
// turn comes.
func (s *session) introduce(batch []fed) {
	if len(batch) < 2 {
		return
	}
	var asked []*Target
	for i := range batch {
		if batch[i].err == nil && s.mayIntroduce(batch[i].target) {
			asked = append(asked, &batch[i].target)
		}
	}
	s.lookUp(asked)
	s.askStandings(asked)
}

// mayIntroduce reports whether home will have to be asked about a target.
func (s *session) mayIntroduce(t Target) bool {
	if t.Standing != nil || s.engine.checkExcluded(t) != nil || s.checkLimit(t.Handle) != nil ||
		s.lastOutage() != nil || s.isOutOfTime() || s.checkPauseEarly(t) != nil {
		return false
	}
	if t.Account != nil {
		return isStandingOpen(*t.Account)
	}
	known, err := s.recallAccount(t.Handle)
	return err == nil && known == nil
}

// isStandingOpen reports whether nothing but home's word is missing.
func isStandingOpen(a fediverse.Account) bool {
	return a.ID != "" && !a.Local && !a.SuspendedByHome && fediverse.OptOut(a.Note) == ""
}

// lookUp finds the accounts of targets that home knows. It makes home fetch none: that
// takes as long as an account's server takes to answer.
func (s *session) lookUp(all []*Target) {
	var wait sync.WaitGroup
	free := make(chan struct{}, lookupsAtOnce)
	for _, t := range all {
		if t.Account != nil || s.lookedUp.Load() >= mostLookedUp {
			continue
		}
		s.lookedUp.Add(1)
		t.lookedUp = true
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			if s.ctx.Err() != nil || s.lastOutage() != nil {
				return
			}
			a, err := s.engine.Accounts.Known(s.ctx, t.Handle)
			switch {
			case err == nil:
				t.Account, t.introducedAt = new(brief(a)), s.now()
			case errors.Is(err, ErrNoAccount):
				t.unknown = true
			}
		})
	}
	wait.Wait()
}

// askStandings asks home how it stands to the accounts of targets.
func (s *session) askStandings(all []*Target) {
	var ids []string
	for _, t := range all {
		if t.Account != nil && isStandingOpen(*t.Account) {
			ids = append(ids, t.Account.ID)
		}
	}
	if len(ids) < 2 || s.lastOutage() != nil {
		return
	}
	standings, err := s.engine.Introducer.Standings(s.ctx, ids)
	if err != nil {
		return // whoever asks about a single account sees why
	}
	for _, t := range all {
		if t.Account == nil {
			continue
		}
		if standing, found := standings[t.Account.ID]; found {
			t.Standing, t.introducedAt = &standing, s.now()
		}
	}
}
