package mastodon

import (
	"time"

	"tootfill/backfill/httpheader"
)

const (
	// carefulGap and carefulFlight bound the requests while a window is unknown.
	carefulGap    = time.Second
	carefulFlight = 2
	// resetMargin is added to the end of a window: Mastodon's X-RateLimit-Reset
	// keeps the fraction of a second (Mastodon config/initializers/rack_attack.rb).
	resetMargin = time.Second
	// sharedPart and ownPart say which part of a limit is spread over its window:
	// one in so many. Half of a limit that others use too stays for them. One that
	// belongs to our token alone is used freely until a tenth is left.
	sharedPart = 2
	ownPart    = 10
	// sameReset is how far two times may differ and still mean the end of one
	// window: both have fractions of a second, and answers take time to arrive.
	sameReset = 3 * time.Second
)

// window is what is known about one of home's rate limits, and about our own
// requests that count towards it.
type window struct {
	// own says that the limit belongs to our token alone.
	own bool
	// announced says that home has announced the window that ends at reset.
	announced bool
	limit     int
	remaining int
	reset     time.Time
	// doubtful says that only one answer has announced it so far.
	doubtful bool

	last     time.Time // when the last request was sent
	sent     int       // how many were sent in all
	inFlight int
	newest   int // the number of the latest request whose answer was taken in
}

// mark is the place of one request among those of a window.
type mark struct {
	number int
	// flying is how many others were in flight when it was sent.
	flying int
}

// current reports whether what is known still holds at now.
func (w *window) current(now time.Time) bool {
	return w.announced && now.Before(w.reset.Add(resetMargin))
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
	case w.spreadPart()*w.remaining > w.limit:
		return 0, false
	case w.doubtful:
		return max(w.last.Add(carefulGap).Sub(now), 0), w.inFlight > 0
	}
	spacing := max(w.reset.Sub(now), 0) / time.Duration(w.remaining)
	return max(w.last.Add(spacing).Sub(now), 0), false
}

func (w *window) spreadPart() int {
	if w.own {
		return ownPart
	}
	return sharedPart
}

// exhausted reports whether due waits for the end of the window.
func (w *window) exhausted(now time.Time) bool { return w.current(now) && w.remaining <= 0 }

// send counts a request as spent before home has answered it.
func (w *window) send(now time.Time) mark {
	w.sent++
	m := mark{number: w.sent, flying: w.inFlight}
	w.inFlight++
	w.last = now
	if w.remaining > 0 {
		w.remaining--
	}
	return m
}

func (w *window) done() { w.inFlight-- }

// observe learns from the answer to the request with this mark. It must be called
// before done.
//
// The newest answer counts, whether it leaves more or less than earlier ones. An
// answer overtaken by that of a later request can only reduce what is left.
func (w *window) observe(a httpheader.RateLimit, m mark, now time.Time) {
	if !now.Before(a.Reset.Add(resetMargin)) {
		return // of a window that is over by now
	}
	overtaken := m.number < w.newest
	w.newest = max(w.newest, m.number)
	most := max(a.Remaining-(w.inFlight-1), 0)
	switch {
	case w.current(now) && near(a.Reset, w.reset):
		w.remaining = min(w.remaining, most)
		if overtaken {
			return
		}
		w.remaining = max(w.remaining, w.least(a, m))
		w.limit, w.doubtful = a.Limit, false
		if a.Reset.After(w.reset) {
			w.reset = a.Reset
		}
	case !overtaken || !w.current(now):
		// one that is left is for the request that shows whether this is true
		w.announced, w.limit, w.remaining, w.reset = true, a.Limit, max(most, min(a.Remaining, 1)), a.Reset
		w.doubtful = true
	}
}

// refute forgets what is known if an answer shows that more is left: an answer
// about another window, of which less is left than of this one.
func (w *window) refute(a httpheader.RateLimit, m mark) {
	if m.number > w.newest && w.least(a, m) > w.remaining {
		w.announced = false
	}
}

// least is what is left at least, if home has counted all requests that were in
// flight together with that of the mark or were sent after it.
func (w *window) least(a httpheader.RateLimit, m mark) int {
	return max(a.Remaining-m.flying-(w.sent-m.number), 0)
}

// shift moves all times after the clock was set.
func (w *window) shift(d time.Duration) {
	w.last, w.reset = w.last.Add(d), w.reset.Add(d)
}
