package report

import "time"

const (
	// rateWindow is the time over which the rate is measured. It is as long as
	// Mastodon's own window of 300 requests, so that a run that uses its allowance
	// at once and then waits shows its true rate. The bar library's own rate is the
	// average of its last ten samples, by the system's clock.
	rateWindow  = 5 * time.Minute
	rateSamples = 30
)

// progressSample is how many posts were settled at a time, and for how many of them
// home was asked.
type progressSample struct {
	at          time.Time
	done, asked int
}

// settled counts the settled posts of the run.
func (p *progress) settled() int { return p.finished + p.openPosts.settled }

// sample notes the counts for the rate.
func (p *progress) sample(now time.Time) {
	n := len(p.samples)
	if n > 0 && now.Sub(p.samples[n-1].at) < rateWindow/rateSamples {
		return
	}
	p.samples = append(p.samples, progressSample{at: now, done: p.settled(), asked: p.asked})
	if len(p.samples) > rateSamples+1 {
		p.samples = p.samples[1:]
	}
}

// windowStart is the sample from which the rate at a time is measured.
func (p *progress) windowStart(now time.Time) progressSample {
	if len(p.samples) == 0 {
		return progressSample{at: now}
	}
	first := p.samples[0]
	for _, s := range p.samples {
		if now.Sub(s.at) >= rateWindow {
			first = s
		}
	}
	return first
}

// rate is posts per second over the last minutes; 0 if that is not known yet.
func (p *progress) rate(now time.Time) float64 {
	first := p.windowStart(now)
	if seconds := now.Sub(first.at).Seconds(); seconds >= 1 {
		return float64(p.settled()-first.done) / seconds
	}
	return 0
}
