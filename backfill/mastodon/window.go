package mastodon

import "time"

const (
	// carefulGap and carefulFlight bound the requests while nothing is known of
	// a window.
	carefulGap    = time.Second
	carefulFlight = 2
	// resetMargin is added to the end of a window: Mastodon's X-RateLimit-Reset
	// keeps the fraction of a second (Mastodon config/initializers/rack_attack.rb).
	resetMargin = time.Second
	// sameReset is how far two times may differ that name the end of one
	// window: fractions of seconds on both sides, and the way of the answer.
	sameReset = 3 * time.Second
)

// window is what is known of one of home's rate limits, and of our own requests
// that count towards it.
type window struct {
	// known says that home has told of the window that ends at reset.
	known     bool
	limit     int
	remaining int
	reset     time.Time

	last     time.Time // when the last request was sent
	sent     int       // how many were sent in all
	inFlight int
}

// mark is the place of one request among those of a window.
type mark struct {
	number int
	// alone says that no other was in flight when it was sent.
	alone bool
}

// current says whether what is known still holds at now.
func (w *window) current(now time.Time) bool {
	return w.known && now.Before(w.reset.Add(resetMargin))
}

// due says how long a request has to wait from now; untilChange means that an
// answer has to come first.
func (w *window) due(now time.Time) (wait time.Duration, untilChange bool) {
	if !w.current(now) {
		return max(w.last.Add(carefulGap).Sub(now), 0), w.inFlight >= carefulFlight
	}
	switch {
	case w.remaining <= 0:
		return w.reset.Add(resetMargin).Sub(now), false
	case 2*w.remaining > w.limit:
		return 0, false
	}
	spacing := max(w.reset.Sub(now), 0) / time.Duration(w.remaining)
	return max(w.last.Add(spacing).Sub(now), 0), false
}

// exhausted says that due waits for the end of the window.
func (w *window) exhausted(now time.Time) bool { return w.current(now) && w.remaining <= 0 }

// send counts a request as spent before home has answered it.
func (w *window) send(now time.Time) mark {
	w.sent++
	m := mark{number: w.sent, alone: w.inFlight == 0}
	w.inFlight++
	w.last = now
	if w.remaining > 0 {
		w.remaining--
	}
	return m
}

func (w *window) done() { w.inFlight-- }

// observe takes in what the answer to the request of this mark says. It must
// come before done.
func (w *window) observe(a allowance, m mark, now time.Time) {
	if !now.Before(a.reset.Add(resetMargin)) {
		return // of a window that is over by now
	}
	others := w.inFlight - 1
	left := max(a.remaining-others, 0)
	switch {
	case !w.current(now), a.reset.After(w.reset.Add(sameReset)):
		w.known, w.limit, w.remaining, w.reset = true, a.limit, left, a.reset
	case a.reset.Before(w.reset.Add(-sameReset)):
		// another throttle, which is closer to exhaustion
		if left < w.remaining {
			w.limit, w.remaining, w.reset = a.limit, left, a.reset
		}
	default:
		w.limit = a.limit
		if a.reset.After(w.reset) {
			w.reset = a.reset
		}
		if m.alone && w.sent == m.number {
			w.remaining = left // no other request blurs it
		} else {
			w.remaining = min(w.remaining, left)
		}
	}
}
