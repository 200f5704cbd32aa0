package limit

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"tootfill/backfill/cleantext"
)

// The bounds of a Limit.
const (
	maxLimitN   = 1_000_000
	minLimitPer = time.Second
	maxLimitPer = 10 * 366 * day
)

// Limit allows N starts in Per, evenly spread: after a start the next one is
// allowed Per/N later. Up to Burst starts that were not used may follow each
// other at once, so that no span of Per sees more than N+Burst-1 of them; with
// a Burst of 1 (or 0, which means the same) never more than N.
//
// The zero Limit is not valid, and allows nothing.
type Limit struct {
	N     int
	Per   time.Duration
	Burst int
}

// Parse reads a limit of the configuration: 1/1h, 2/1d, 1/h, or with a
// burst, "2/1d burst 2". The burst is 1 unless given.
func Parse(s string) (Limit, error) {
	l, err := parseLimit(strings.Fields(s))
	if err != nil {
		return Limit{}, fmt.Errorf("%s %w", cleantext.Quote(s), err)
	}
	if err := l.Valid(); err != nil {
		return Limit{}, fmt.Errorf("%s: %w", cleantext.Quote(s), err)
	}
	return l, nil
}

var errLimit = errors.New("is not a limit, such as 1/1h or 2/1d")

func parseLimit(fields []string) (Limit, error) {
	l := Limit{Burst: 1}
	var err error
	switch {
	case len(fields) == 3 && fields[1] == "burst":
		if l.Burst, err = strconv.Atoi(fields[2]); err != nil {
			return Limit{}, errLimit
		}
	case len(fields) != 1:
		return Limit{}, errLimit
	}
	n, per, _ := strings.Cut(fields[0], "/")
	if l.N, err = strconv.Atoi(n); err != nil {
		return Limit{}, errLimit
	}
	if _, ok := spanUnit(per); ok {
		per = "1" + per
	}
	if l.Per, err = parseSpan(per); err != nil {
		return Limit{}, errLimit
	}
	return l, nil
}

// String writes the limit the way ParseLimit reads it.
func (l Limit) String() string {
	s := strconv.Itoa(l.N) + "/" + formatSpan(l.Per)
	if l.Burst > 1 {
		s += " burst " + strconv.Itoa(l.Burst)
	}
	return s
}

// Valid says what is wrong with the limit, if anything.
func (l Limit) Valid() error {
	switch {
	case l.N < 1 || l.N > maxLimitN:
		return fmt.Errorf("the number of a limit must be between 1 and %d", maxLimitN)
	case l.Per < minLimitPer || l.Per > maxLimitPer:
		return fmt.Errorf("the span of a limit must be between %s and %s", formatSpan(minLimitPer), formatSpan(maxLimitPer))
	case l.Per%time.Millisecond != 0:
		return errors.New("the span of a limit must be whole milliseconds")
	case l.Burst < 0 || l.Burst > maxLimitN:
		return fmt.Errorf("the burst of a limit must be between 1 and %d", maxLimitN)
	}
	return nil
}

// Bucket is the saved state of a limit: how many tokens there were at a time. More
// have come in since. The zero Bucket is full.
type Bucket struct {
	SavedAt time.Time
	Tokens  float64
}

// Take takes a token. If ok is false there is none, and next is the first time at
// which there will be one; if ok is true, next is when the one after it may be
// taken.
//
// after must be saved in either case: if b lies in the future, the clock has stepped
// back, and after restarts the count at now. The tokens stay as they were, so that
// the limit still holds, and a wait never exceeds Per, counted from the first call
// after the step. Otherwise a refusal leaves b unchanged.
func (l Limit) Take(b Bucket, now time.Time) (after Bucket, ok bool, next time.Time) {
	return l.look(b, now, 1)
}

// Peek says what Take would, and takes nothing: whether there is a token and,
// if not, when there will be one (now if there is). after must be saved as with
// Take, where it differs from b.
func (l Limit) Peek(b Bucket, now time.Time) (after Bucket, ok bool, next time.Time) {
	after, _, next = l.look(b, now, 0)
	if !b.SavedAt.After(now) {
		after = b
	}
	return after, !next.After(now), next
}

// GiveBack returns a token that was taken from b but not used. The library only
// gives back a reservation, which does not outlive the process.
func (l Limit) GiveBack(b Bucket) Bucket {
	b.Tokens = min(b.Tokens+1, float64(l.burst()))
	return b
}

func (l Limit) look(b Bucket, now time.Time, take int) (after Bucket, ok bool, next time.Time) {
	now = now.Round(0) // saved times have no monotonic reading either
	if l.Valid() != nil {
		return b, false, now.Add(maxLimitPer)
	}
	b = l.whole(b, now)
	lim := l.restore(b)
	after = b
	ok = take == 0 || lim.AllowN(now, take)
	if take > 0 && ok {
		after = l.whole(Bucket{SavedAt: now, Tokens: lim.TokensAt(now)}, now)
	}
	wait := lim.ReserveN(now, 1).DelayFrom(now)
	next = now
	if wait > 0 {
		// DelayFrom drops fractions of a nanosecond, storage those of a millisecond.
		next = ceilMillisecond(now.Add(wait + 1))
	}
	return after, ok, next
}

// whole returns an equivalent bucket that is not in the future and has a whole
// number of tokens: it turns the fraction of a token into a slightly earlier SavedAt.
// The library restores whole tokens only; if the fraction were lost, the second start
// of a burst would put off the third.
func (l Limit) whole(b Bucket, now time.Time) Bucket {
	burst := float64(l.burst())
	if b.SavedAt.IsZero() {
		return Bucket{SavedAt: now, Tokens: burst}
	}
	if b.SavedAt.After(now) {
		b.SavedAt = now
	}
	if !(b.Tokens > 0) { // NaN too
		b.Tokens = 0
	}
	if b.Tokens >= burst {
		return Bucket{SavedAt: b.SavedAt, Tokens: burst}
	}
	tokens, over := math.Modf(b.Tokens)
	age := time.Duration(over * float64(l.interval()))
	return Bucket{SavedAt: b.SavedAt.Add(-age), Tokens: tokens}
}

// restore makes a limiter that has b's tokens at b's time. A new limiter is full, so
// the tokens that b lacks are reserved at that time. Their number must be whole,
// since a limiter reserves no fractions (see whole).
func (l Limit) restore(b Bucket) *rate.Limiter {
	lim := rate.NewLimiter(rate.Every(l.interval()), l.burst())
	lim.ReserveN(b.SavedAt, l.burst()-int(b.Tokens))
	return lim
}

// interval is the time in which one token comes in: Per/N, and a little more to
// outweigh any error of the limiter's floating point numbers.
func (l Limit) interval() time.Duration {
	d := (l.Per + time.Duration(l.N) - 1) / time.Duration(l.N)
	return d + 2 + d/1e12
}

func (l Limit) burst() int { return max(l.Burst, 1) }

func ceilMillisecond(t time.Time) time.Time {
	if c := t.Truncate(time.Millisecond); !c.Equal(t) {
		return c.Add(time.Millisecond)
	}
	return t
}
