package backfill

import (
	"iter"

	"tootfill/backfill/fediverse"
)

// accountsAtOnce is how many accounts are worked on at a time, each on an
// origin of its own, so that a slow origin does not hold up the others.
const accountsAtOnce = 4

// mostFollowUps is of how many accounts the outcomes are waited for beside those
// that are worked on.
const mostFollowUps = 32

// dispatch runs the targets, a few accounts at a time and no two of one origin.
// Those that are waiting already come first. An account that is handed over
// makes room for the next one.
func (s *session) dispatch(targets iter.Seq2[Target, error], waiting ...task) error {
	next, stop := iter.Pull2(targets)
	defer stop()
	q := targetQueue{next: next, origins: s.origins, waiting: waiting}
	news := make(chan ending, accountsAtOnce)
	followUps := make(chan struct{}, mostFollowUps)
	running, following := 0, 0
	settle := func(e ending) {
		if e.handed {
			following--
			return
		}
		running--
		if e.followed {
			following++
		}
		q.settle(e)
	}
	for s.ctx.Err() == nil {
		if running < accountsAtOnce {
			if t, ok := q.startable(); ok {
				running++
				go func() { news <- s.follow(t, followUps, news) }()
				continue
			}
		}
		if running+following == 0 {
			break
		}
		select {
		case e := <-news:
			settle(e)
		case <-s.ctx.Done():
		}
	}
	for running+following > 0 {
		settle(<-news)
	}
	for _, t := range q.waiting {
		if t.found != nil {
			v := interrupted("interrupted while another account of its server was worked on")
			s.tell(AccountFinished{Result: counts{}.result(fediverse.Account{Handle: t.found.Handle}, "", v)})
		}
	}
	return q.err
}

// follow runs a task, and tells news of it if it is handed over before its end:
// from then on it takes a place among those that are followed up, if there is one.
func (s *session) follow(t task, places chan struct{}, news chan<- ending) ending {
	handed := false
	e := s.backfill(t, func(t task) {
		select {
		case places <- struct{}{}:
			handed = true
			news <- ending{task: t, followed: true}
		default: // there are enough of them; it keeps its place
		}
	})
	if handed {
		<-places
	}
	e.handed = handed
	return e
}
