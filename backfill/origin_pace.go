package backfill

import (
	"sync"
	"time"
)

const (
	// suspiciousRow is how many empty answers in a row mean that the origin
	// limits home, rather than that these very posts can not be had.
	suspiciousRow = 5
	// hopelessRow is how many of them end the account's imports for this run.
	hopelessRow = 20

	firstPause = 2 * time.Second
	longPause  = 30 * time.Second
)

// originPace slows imports down when home's answers say that the origin limits
// home: some servers answer an import that the origin refused with an empty
// list, as they do for a post that does not exist.
type originPace struct {
	mu    sync.Mutex
	row   int
	pause time.Duration
	// suspects are the posts refused in the present row.
	suspects []KnownPost
}

// refused notes an empty answer. It says whether the row has just become
// suspicious, and whether it is hopeless.
func (p *originPace) refused(k KnownPost) (suspicious, hopeless bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.row++
	p.suspects = append(p.suspects, k)
	if p.row >= suspiciousRow {
		p.pause = min(max(firstPause, 2*p.pause), longPause)
	}
	return p.row == suspiciousRow, p.row >= hopelessRow
}

// answered notes that home has got a post from the origin. It returns the
// posts refused just before, and whether their row was suspicious.
func (p *originPace) answered() (posts []KnownPost, suspicious bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	posts, suspicious = p.suspects, p.row >= suspiciousRow
	p.row, p.suspects = 0, nil
	if p.pause /= 2; p.pause < time.Second {
		p.pause = 0
	}
	return posts, suspicious
}

// takeSuspects takes the posts of the present row out, at an account's end. The
// row is over with it: it may have been about the account, so the pause alone is
// what the next one of the origin inherits.
func (p *originPace) takeSuspects() (posts []KnownPost, suspicious bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	posts, suspicious = p.suspects, p.row >= suspiciousRow
	p.row, p.suspects = 0, nil
	return posts, suspicious
}

// before is how long to pause before the next import.
func (p *originPace) before() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pause
}
