package report

import (
	"container/list"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

const (
	// A wait of shortWait is not worth showing. Progress that comes more than
	// inFlightTime after a wait began shows that the wait is over.
	shortWait    = 2 * time.Second
	inFlightTime = 5 * time.Second
)

// Expectation is what is known of a run before it begins.
type Expectation struct {
	// Accounts is how many there will be; 0 if nobody knows. Sure says that there will
	// be no more.
	Accounts int
	Sure     bool
	// Pace is how fast home may be asked; zero if nothing is known to limit that.
	Pace limit.Pace
}

// progress is how far a run is.
type progress struct {
	expected Expectation
	// current is the account of the latest event; the zero Handle between accounts.
	current fediverse.Handle
	// open are the unfinished accounts with posts; queue has them too, those that
	// wait for a further round at the end.
	open  map[fediverse.Handle]*accountProgress
	queue list.List
	// openPosts sums up what the open accounts have.
	openPosts postSums
	// finished counts the settled posts of finished accounts, visited those
	// accounts.
	finished, visited int
	// accounts is how many are known; allKnown says that no more will come.
	accounts int
	allKnown bool
	// asked counts the settled posts for which home was asked.
	asked int

	samples []progressSample
	wait    *backfill.Waiting
	waitAt  time.Time
}

type accountProgress struct {
	handle                     fediverse.Handle
	listed, settled, wouldHave int
	// about is an estimate of how many there will be; 0 if there is none.
	about int
	all   bool
	place *list.Element
}

// known is how many posts there are, or will be by the estimate.
func (a *accountProgress) known() int {
	if a.all {
		return max(a.listed, a.settled)
	}
	return max(a.listed, a.settled, a.about)
}

// sure says how certain that number is.
func (a *accountProgress) sure() certainty {
	switch {
	case a.all:
		return exact
	case a.about > a.listed:
		return estimated
	}
	return atLeast
}

// certainty says how far to trust a number.
type certainty int

const (
	exact certainty = iota
	estimated
	atLeast
)

// postSums counts posts of accounts, and those accounts by the certainty of that.
type postSums struct {
	settled, known int
	sure           [atLeast + 1]int
}

// add adds what an account has, or takes it away if times is -1.
func (s *postSums) add(a *accountProgress, times int) {
	s.settled += times * a.settled
	s.known += times * a.known()
	s.sure[a.sure()] += times
}

// worst is the certainty of the sum.
func (s *postSums) worst() certainty {
	for c := atLeast; c > exact; c-- {
		if s.sure[c] > 0 {
			return c
		}
	}
	return exact
}

// note takes in what an event says of the progress.
func (p *progress) note(e backfill.Event, now time.Time) {
	switch e := e.(type) {
	case backfill.AccountsKnown:
		p.accounts, p.allKnown = e.Accounts, e.All
	case backfill.AccountStarted:
		p.current = e.Account
		p.sample(now)
		p.moved(now)
	case backfill.RoundBegun:
		p.current = e.Account
		if a := p.open[e.Account]; a != nil {
			p.queue.MoveToFront(a.place)
		}
		p.moved(now)
	case backfill.RoundEnded:
		p.rest(e.Account)
	case backfill.PageListed:
		p.change(e.Account, func(a *accountProgress) { a.listed, a.about, a.all = e.Eligible, e.About, e.All })
		p.moved(now)
	case backfill.PostSettled:
		p.settle(e)
		p.sample(now)
		p.moved(now)
	case backfill.Waiting:
		if e.Until.Sub(now) >= shortWait {
			p.wait, p.waitAt = &e, now
		}
	}
}

func (p *progress) settle(e backfill.PostSettled) {
	if e.Outcome != backfill.Held && e.Outcome != backfill.WouldImport {
		p.asked++
	}
	p.change(e.Account, func(a *accountProgress) {
		a.settled++
		if e.Outcome == backfill.WouldImport {
			a.wouldHave++
		}
	})
}

// change changes the entry of h, which becomes the current account.
func (p *progress) change(h fediverse.Handle, change func(*accountProgress)) {
	p.current = h
	a := p.open[h]
	if a == nil {
		if p.open == nil {
			p.open = make(map[fediverse.Handle]*accountProgress)
		}
		a = &accountProgress{handle: h}
		a.place = p.queue.PushBack(a)
		p.open[h] = a
	} else {
		p.openPosts.add(a, -1)
	}
	change(a)
	p.openPosts.add(a, 1)
}

// rest notes that an account waits for its next round.
func (p *progress) rest(h fediverse.Handle) {
	if a := p.open[h]; a != nil {
		p.queue.MoveToBack(a.place)
	}
	if p.current == h {
		p.current = p.first()
	}
}

// finish removes an account and returns how many posts a dry run would have
// imported.
func (p *progress) finish(h fediverse.Handle) int {
	p.visited++
	wouldHave := 0
	if a := p.open[h]; a != nil {
		p.finished += a.settled
		wouldHave = a.wouldHave
		p.openPosts.add(a, -1)
		p.queue.Remove(a.place)
		delete(p.open, h)
	}
	if p.open[p.current] == nil {
		p.current = p.first()
	}
	return wouldHave
}

// first is the first of the open accounts; the zero Handle if there is none.
func (p *progress) first() fediverse.Handle {
	if front := p.queue.Front(); front != nil {
		return front.Value.(*accountProgress).handle
	}
	return fediverse.Handle{}
}

// idle reports whether no account is being worked on.
func (p *progress) idle() bool { return p.current == fediverse.Handle{} }

// moved ends a wait that progress shows to be over.
func (p *progress) moved(now time.Time) {
	if p.wait != nil && now.Sub(p.waitAt) > inFlightTime {
		p.wait = nil
	}
}

// waitingAt is what the run is waiting for at a time; nil if nothing.
func (p *progress) waitingAt(now time.Time) *backfill.Waiting {
	if p.wait == nil || !p.wait.Until.After(now) {
		return nil
	}
	return p.wait
}
