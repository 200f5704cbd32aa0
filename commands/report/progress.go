package report

import (
	"slices"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	// rateWindow is the time over which the rate is measured. It is as long as
	// Mastodon's own window of 300 requests, so that a run that uses its allowance
	// at once and then waits shows its true rate. The bar library's own rate is the
	// average of its last ten samples, by the system's clock.
	rateWindow  = 5 * time.Minute
	rateSamples = 30

	// A wait of shortWait is not worth showing. Progress that comes more than
	// inFlightTime after a wait began shows that the wait is over.
	shortWait    = 2 * time.Second
	inFlightTime = 5 * time.Second
)

// progress is how far a run is.
type progress struct {
	// current is the account of the latest event; the zero Handle between accounts.
	current fediverse.Handle
	// accounts are the unfinished accounts with posts, the oldest first.
	accounts []*accountProgress
	// finished counts the settled posts of finished accounts, visited those
	// accounts.
	finished, visited int

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

// certainty says how far to trust a number of posts.
type certainty int

const (
	exact certainty = iota
	estimated
	atLeast
)

type progressSample struct {
	at   time.Time
	done int
}

// note takes in what an event says of the progress.
func (p *progress) note(e backfill.Event, now time.Time) {
	switch e := e.(type) {
	case backfill.AccountStarted:
		p.current = e.Account
		p.sample(now)
		p.moved(now)
	case backfill.RoundBegun:
		p.current = e.Account
		p.moved(now)
	case backfill.PageListed:
		a := p.account(e.Account)
		a.listed, a.about, a.all = e.Eligible, e.About, e.All
		p.moved(now)
	case backfill.PostSettled:
		a := p.account(e.Account)
		a.settled++
		if e.Outcome == backfill.WouldImport {
			a.wouldHave++
		}
		p.sample(now)
		p.moved(now)
	case backfill.Waiting:
		if e.Until.Sub(now) >= shortWait {
			p.wait, p.waitAt = &e, now
		}
	}
}

// finish removes an account and returns how many posts a dry run would have
// imported.
func (p *progress) finish(h fediverse.Handle) int {
	p.visited++
	wouldHave := 0
	if i := p.find(h); i >= 0 {
		p.finished += p.accounts[i].settled
		wouldHave = p.accounts[i].wouldHave
		p.accounts = slices.Delete(p.accounts, i, i+1)
	}
	if p.find(p.current) < 0 {
		p.current = fediverse.Handle{}
		if len(p.accounts) > 0 {
			p.current = p.accounts[0].handle
		}
	}
	return wouldHave
}

func (p *progress) find(h fediverse.Handle) int {
	return slices.IndexFunc(p.accounts, func(a *accountProgress) bool { return a.handle == h })
}

// account is the entry of h, which becomes the current account.
func (p *progress) account(h fediverse.Handle) *accountProgress {
	p.current = h
	if i := p.find(h); i >= 0 {
		return p.accounts[i]
	}
	a := &accountProgress{handle: h}
	p.accounts = append(p.accounts, a)
	return a
}

// posts counts the settled and the known posts of the run, and says how certain the
// latter number is.
func (p *progress) posts() (done, known int, sure certainty) {
	done, known = p.finished, p.finished
	for _, a := range p.accounts {
		done += a.settled
		known += a.known()
		sure = max(sure, a.sure())
	}
	return done, known, sure
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

// sample notes the count for the rate.
func (p *progress) sample(now time.Time) {
	n := len(p.samples)
	if n > 0 && now.Sub(p.samples[n-1].at) < rateWindow/rateSamples {
		return
	}
	done, _, _ := p.posts()
	p.samples = append(p.samples, progressSample{at: now, done: done})
	if len(p.samples) > rateSamples+1 {
		p.samples = p.samples[1:]
	}
}

// rate is posts per second over the last minutes; 0 if that is not known yet.
func (p *progress) rate(now time.Time) float64 {
	if len(p.samples) == 0 {
		return 0
	}
	first := p.samples[0]
	for _, s := range p.samples {
		if now.Sub(s.at) >= rateWindow {
			first = s
		}
	}
	done, _, _ := p.posts()
	if seconds := now.Sub(first.at).Seconds(); seconds >= 1 {
		return float64(done-first.done) / seconds
	}
	return 0
}
