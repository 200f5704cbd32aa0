package backfill

import "fmt"

// picker picks the posts of the listing that a run tries in one round.
type picker struct {
	filling *filling
	window  window
	// wanted is how many of the newest posts the run is about, and limit how many
	// of them this round; 0 means all.
	wanted, limit int
	// round is the round, counted from 0, and last says that no further one follows.
	round     int
	last      bool
	retryLeft bool
	// full says that outcomes of earlier runs do not count.
	full bool
	// inRun counts the posts of this walk that belong to the run; the limit applies
	// to it.
	inRun int
	// tried counts the posts that are tried in this round.
	tried int
	// remarked counts the posts that are not tried, nor were in this run; before is
	// how many of these earlier rounds have reported.
	remarked, before int
	// enough says that the limit or the start of the window is reached; cut, that
	// the limit is, and that there is a further round.
	enough, cut bool
}

// pick counts the posts that belong to this run and returns those that are to be
// tried.
func (p *picker) pick(posts []KnownPost) []KnownPost {
	var due []KnownPost
	for _, k := range posts {
		if p.enough {
			break
		}
		if !p.window.holds(k.Published) || !p.filling.met.meet(k.URI) {
			continue
		}
		p.inRun++
		if !p.filling.met.isSettled(k.URI) {
			p.filling.tally.belongs()
			if p.isDue(k) {
				p.tried++
				due = append(due, k)
			}
		}
		p.checkLimit()
	}
	return due
}

// checkLimit ends the round at its limit. A round that has tried nothing is not
// needed: the next one begins at once.
func (p *picker) checkLimit() {
	for p.limit > 0 && p.inRun >= p.limit {
		if p.last || p.tried > 0 {
			p.enough, p.cut = true, !p.last
			return
		}
		p.round++
		p.limit, p.last = roundLimit(p.round, p.wanted)
	}
}

// takeAllRounds makes this round the last one.
func (p *picker) takeAllRounds() { p.limit, p.last = p.wanted, true }

// isDue reports whether a post is to be tried, by what the ledger knows of it. It
// counts a post that is not.
func (p *picker) isDue(k KnownPost) bool {
	switch {
	case k.Outcome.Final() && p.full && !k.InRun:
		return true
	case k.Outcome.Final() && k.InRun:
		p.filling.tally.settle(k.URI, k.Outcome, "")
	case k.Outcome.Final():
		p.remark(k, Held, "")
	case k.IsGivenUp() && p.retryLeft:
		return true
	case k.IsGivenUp() && k.InRun:
		p.filling.tally.settle(k.URI, k.Outcome, k.Reason)
	case k.IsGivenUp():
		p.filling.tally.leave()
		p.remark(k, k.Outcome, fmt.Sprintf("given up after %d runs", k.Attempts))
	case !k.Rests(p.filling.s.now()):
		return true
	case k.InRun:
		p.filling.tally.tryInVain(k)
		p.filling.tally.settle(k.URI, k.Outcome, k.Reason)
	default:
		p.filling.tally.restUntil(k.NextTry)
		p.remark(k, k.Outcome, "tried a short while ago")
	}
	return false
}

// remark counts a post that is not tried and, unless an earlier round has done so,
// reports it.
func (p *picker) remark(k KnownPost, o Outcome, reason string) {
	if p.remarked++; p.remarked > p.before {
		p.filling.count(k, o, reason)
		return
	}
	p.filling.tally.settle(k.URI, o, reason)
}

// about estimates how many posts belong to the run of a listing that claims total
// posts; 0 if nobody knows.
func (p *picker) about(total int) int {
	if p.wanted > 0 && total > p.wanted {
		return p.wanted
	}
	if !p.window.since.IsZero() {
		return 0
	}
	return total
}
