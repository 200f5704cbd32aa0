package backfill

import "fmt"

// picker picks the posts of the listing that a run tries.
type picker struct {
	filling *filling
	window  window
	// limit is how many of the newest posts are wanted; 0 means all.
	limit     int
	retryLeft bool
	// full says that outcomes of earlier runs do not count.
	full bool
	// inRun counts the posts of this walk that belong to the run; the limit applies
	// to it.
	inRun int
	// enough says that the limit or the start of the window is reached.
	enough bool
}

// pick counts the posts that belong to this run and returns those that are to be
// tried.
func (p *picker) pick(posts []KnownPost) []KnownPost {
	var wanted []KnownPost
	for _, k := range posts {
		if p.enough {
			break
		}
		if !p.window.holds(k.Published) || !p.filling.met.meet(k.URI) {
			continue
		}
		p.inRun++
		p.enough = p.limit > 0 && p.inRun >= p.limit
		if p.filling.met.isSettled(k.URI) {
			continue
		}
		p.filling.tally.belongs()
		if p.isDue(k) {
			wanted = append(wanted, k)
		}
	}
	return wanted
}

// isDue reports whether a post is to be tried, by what the ledger knows of it. It
// counts a post that is not.
func (p *picker) isDue(k KnownPost) bool {
	now := p.filling.s.now()
	switch {
	case k.Outcome.Final() && p.full && !k.InRun:
		return true
	case k.Outcome.Final():
		p.filling.count(k, Held, "")
	case k.Attempts >= maxAttempts && p.retryLeft:
		return true
	case k.Attempts >= maxAttempts:
		p.filling.tally.leave()
		p.filling.count(k, k.Outcome, fmt.Sprintf("given up after %d runs", k.Attempts))
	case k.NextTry.After(now.Add(longestRest(k.Attempts))):
		return true // the clock has stepped back: nothing rests longer than its gap
	case k.NextTry.After(now):
		p.filling.tally.restUntil(k.NextTry)
		p.filling.count(k, k.Outcome, "tried a short while ago")
	default:
		return true
	}
	return false
}

// about estimates how many posts belong to the run of a listing that claims total
// posts; 0 if nobody knows.
func (p *picker) about(total int) int {
	if p.limit > 0 && total > p.limit {
		return p.limit
	}
	if !p.window.since.IsZero() {
		return 0
	}
	return total
}
