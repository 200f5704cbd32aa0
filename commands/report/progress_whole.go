package report

import "time"

// The progress of the run as a whole: also of the accounts whose posts nobody has
// looked at yet.

// posts counts the settled and the known posts of the run, and says how certain the
// latter number is. The posts of accounts that were not read yet are estimated.
func (p *progress) posts() (done, known int, sure certainty) {
	done, known = p.finished+p.openPosts.settled, p.finished+p.openPosts.known
	sure = p.openPosts.worst()
	if known == 0 {
		return done, known, sure
	}
	if unread := p.unread(); unread > 0 {
		known += unread * (p.finished + p.openPosts.known) / (p.visited + len(p.open))
		sure = max(sure, estimated)
	}
	if p.many() && p.accountsSure() != exact {
		sure = atLeast
	}
	return done, known, sure
}

// unread counts the accounts of which no list was read yet.
func (p *progress) unread() int { return max(0, p.total()-p.visited-len(p.open)) }

// many reports whether there are several accounts, as far as is known.
func (p *progress) many() bool { return p.total() > 1 }

// total is how many accounts there are, as far as is known.
func (p *progress) total() int {
	if p.allKnown {
		return max(p.accounts, p.visited)
	}
	return max(p.accounts, p.expected.Accounts, p.visited+len(p.open))
}

// accountsSure says how certain the number of accounts is.
func (p *progress) accountsSure() certainty {
	if p.allKnown || p.expected.Sure {
		return exact
	}
	return atLeast
}

// left is how long the rest of the run takes, at the rate so far and at home's pace;
// 0 if that is not known yet.
func (p *progress) left(now time.Time) time.Duration {
	done, known, _ := p.posts()
	rest := float64(known - done)
	if rest <= 0 {
		return 0
	}
	seconds := p.secondsAtPace(rest, now)
	if rate := p.rate(now); rate > 0 {
		seconds = max(seconds, rest/rate)
	}
	return time.Duration(seconds * float64(time.Second))
}

// secondsAtPace is how long home's limit makes so many posts take at least. Not all of
// them cost a request, and a part of home's allowance may be used at once, so the rate
// at the beginning promises too much.
func (p *progress) secondsAtPace(rest float64, now time.Time) float64 {
	pace := p.expected.Pace
	if pace.PerSecond() == 0 {
		return 0
	}
	if done, _, _ := p.posts(); done > 0 {
		rest *= float64(p.asked) / float64(done)
	}
	free := max(0, pace.Requests-float64(p.asked-p.windowStart(now).asked))
	return max(0, rest-free) / pace.PerSecond()
}
