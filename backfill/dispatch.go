package backfill

import (
	"iter"

	"tootfill/backfill/fediverse"
)

// accountsAtOnce is how many accounts are worked on at a time, each on an
// origin of its own, so that a slow origin does not hold up the others.
const accountsAtOnce = 4

// mostFollowUps is how many accounts may wait for their outcomes, besides those
// that are worked on.
const mostFollowUps = 32

// dispatch runs the targets, a few accounts at a time and no two of one origin.
// Those already waiting come first. An account that is handed over makes room for
// the next one.
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
			v := interrupted("interrupted while another account on its server was being filled")
			s.tell(AccountFinished{Result: counts{}.result(fediverse.Account{Handle: t.found.Handle}, "", v)})
		}
	}
	return q.err
}

// follow runs a task. If the task is handed over before its end, follow sends that
// to news, and the task then takes a free place among those that are followed up.
func (s *session) follow(t task, places chan struct{}, news chan<- ending) ending {
	handed := false
	e := s.backfill(t, func(t task) {
		select {
		case places <- struct{}{}:
			handed = true
			news <- ending{task: t, followed: true}
		default: // no place is free; it keeps its own
		}
	})
	if handed {
		<-places
	}
	e.handed = handed
	return e
}
