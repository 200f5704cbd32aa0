package resolve

import (
	"sync"
	"time"
)

const (
	// suspiciousRow is how many empty answers in a row mean that the origin
	// limits home, rather than that these very posts cannot be had.
	suspiciousRow = 5
	// limitWindow is how long an origin may give nothing to a server that has asked
	// for a lot: GoToSocial counts 300 requests in 5 minutes. The rest allows for
	// clocks that differ.
	limitWindow = 5*time.Minute + 30*time.Second
	// windowsPatience is how many windows to wait for an origin that no longer
	// gives anything, and windowsDoubt how many for one that never gave anything.
	windowsPatience = 3
	windowsDoubt    = 1
	// manyGiven is the number of posts after which an origin may well limit home;
	// the posts refused last are then asked for again in the next window.
	manyGiven = 50

	firstPause = 2 * time.Second
	longPause  = 8 * time.Second
)

// originPace slows imports down when home's answers say that the origin limits
// home: some servers answer an import that the origin refused with an empty
// list, as they do for a post that does not exist. All accounts of an origin
// share it.
type originPace struct {
	// turn is held by the one account that finds out whether the origin gives
	// again.
	turn chan struct{}
	// users counts the deliveries; route.mu guards it.
	users int

	mu    sync.Mutex
	pause time.Duration
	// given counts the posts that home has got from the origin in this run.
	given int
	// dry says that waiting for it was in vain.
	dry bool
}

// slowDown notes an empty answer in a suspicious row.
func (p *originPace) slowDown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pause = min(max(firstPause, 2*p.pause), longPause)
}

// gave notes that home has got a post from the origin.
func (p *originPace) gave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given++
	p.dry = false
	if p.pause /= 2; p.pause < time.Second {
		p.pause = 0
	}
}

// givenSoFar is how many posts home has got from the origin.
func (p *originPace) givenSoFar() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.given
}

// before is how long to pause before the next import.
func (p *originPace) before() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pause
}

// patience is how many windows to wait for the origin. Once that was in vain, the
// next accounts of the origin do not wait as long again.
func (p *originPace) patience() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.dry:
		return 0
	case p.given > 0:
		return windowsPatience
	}
	return windowsDoubt
}

// runDry notes that waiting for the origin was in vain.
func (p *originPace) runDry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dry = true
}
