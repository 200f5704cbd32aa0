package limit

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestParseLimit(t *testing.T) {
	tests := []struct {
		in, text string
		want     Limit
	}{
		{"1/1h", "1/1h", Limit{1, time.Hour, 1}},
		{"1/h", "1/1h", Limit{1, time.Hour, 1}},
		{" 2/1d ", "2/1d", Limit{2, day, 1}},
		{"2/1d burst 2", "2/1d burst 2", Limit{2, day, 2}},
		{"3/90m", "3/90m", Limit{3, 90 * time.Minute, 1}},
		{"1/1500ms", "1/1500ms", Limit{1, 1500 * time.Millisecond, 1}},
		{"1/1h30m", "1/90m", Limit{1, 90 * time.Minute, 1}},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in)
		if err != nil || got != tt.want || got.String() != tt.text {
			t.Errorf("ParseLimit(%q) = %v (%s), %v, want %v (%s)", tt.in, got, got, err, tt.want, tt.text)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%s is read as %v, %v", got, again, err)
		}
	}
	for _, in := range []string{"", "1", "/h", "1/", "0/1h", "-1/1h", "1/0h", "1/-1h", "1/100ms", "1/999999d", "x/1h", "1/1x", "1/1h/2", "1/1h burst", "1/1h burst x", "1/1h burst -1", "1/1h 2", "9999999/1h"} {
		if got, err := Parse(in); err == nil {
			t.Errorf("ParseLimit(%q) = %v, want an error", in, got)
		}
	}
}

func TestLimitTake(t *testing.T) {
	l := Limit{N: 1, Per: time.Hour}
	b, ok, next := l.Take(Bucket{}, noon)
	if !ok || next.Before(noon.Add(time.Hour)) || next.After(noon.Add(time.Hour+time.Second)) {
		t.Fatalf("the first start: %v, next %v", ok, next)
	}
	for _, d := range []time.Duration{0, 1, time.Minute, time.Hour - time.Millisecond, time.Hour - 1} {
		if _, ok, _ := l.Take(b, noon.Add(d)); ok {
			t.Errorf("a second start %v after the first", d)
		}
	}
	if _, ok, at := l.Peek(b, noon.Add(time.Minute)); ok || !at.Equal(next) {
		t.Errorf("Peek = %v, %v, want %v", ok, at, next)
	}
	if _, ok, at := l.Peek(b, next); !ok || !at.Equal(next) {
		t.Errorf("Peek at that time = %v, %v", ok, at)
	}
	if _, ok, _ := l.Take(b, next); !ok {
		t.Error("no start at the time that was named")
	}
	if _, ok, _ := l.Take(b, noon.AddDate(200, 0, 0)); !ok {
		t.Error("no start 200 years later")
	}
}

func TestLimitTakeBurst(t *testing.T) {
	l := Limit{N: 2, Per: day, Burst: 2}
	b, ok1, _ := l.Take(Bucket{}, noon)
	b, ok2, next := l.Take(b, noon.Add(time.Hour))
	_, ok3, _ := l.Take(b, noon.Add(2*time.Hour))
	if !ok1 || !ok2 || ok3 {
		t.Fatalf("starts: %v %v %v", ok1, ok2, ok3)
	}
	// The next token is due counted from the first start, not from the second.
	if want := noon.Add(12 * time.Hour); next.Before(want) || next.After(want.Add(time.Second)) {
		t.Errorf("next = %v, want %v", next, want)
	}
}

// A clock that steps back must neither open the limit nor lock anybody out for
// longer than its span.
func TestLimitClockStepsBack(t *testing.T) {
	l := Limit{N: 1, Per: time.Hour}
	for _, step := range []time.Duration{time.Minute, time.Hour, 365 * day} {
		b, _, _ := l.Take(Bucket{}, noon)
		now := noon.Add(-step)
		b, ok, next := l.Take(b, now)
		if ok || next.After(now.Add(l.Per+time.Second)) {
			t.Errorf("back by %v: %v, next %v", step, ok, next)
		}
		if b.SavedAt.After(now) {
			t.Errorf("back by %v: the bucket stays in the future: %v", step, b)
		}
		if _, ok, _ := l.Take(b, next); !ok {
			t.Errorf("back by %v: no start at the time that was named", step)
		}
		// Back again, and again: each time, the wait is at most the span.
		for range 5 {
			now = now.Add(-step)
			if b, ok, next = l.Take(b, now); ok || next.After(now.Add(l.Per+time.Second)) {
				t.Fatalf("back by %v again: %v, next %v", step, ok, next)
			}
		}
		if _, ok, _ := l.Take(b, next); !ok {
			t.Errorf("back by %v again: no start at the time that was named", step)
		}
	}
}

func TestLimitClockStepsForward(t *testing.T) {
	l := Limit{N: 1, Per: time.Hour}
	b, _, _ := l.Take(Bucket{}, noon)
	b, ok, _ := l.Take(b, noon.AddDate(1, 0, 0))
	if !ok {
		t.Fatal("no start a year later")
	}
	// The clock was wrong and is set right: the wait is at most one span from now.
	now := noon.Add(2 * time.Minute)
	b, ok, next := l.Take(b, now)
	if ok || next.After(now.Add(l.Per+time.Second)) {
		t.Fatalf("%v, next %v", ok, next)
	}
	if _, ok, _ := l.Take(b, next); !ok {
		t.Error("no start at the time that was named")
	}
}

// A refusal must not put off the next start: a cron job may ask all the time.
func TestLimitAskingDoesNotDelay(t *testing.T) {
	for _, l := range []Limit{{1, time.Hour, 1}, {3, time.Hour, 2}, {7, day, 3}} {
		b, ok := Bucket{}, true
		for ok {
			b, ok, _ = l.Take(b, noon)
		}
		now := noon
		for !ok {
			now = now.Add(7 * time.Second)
			b, ok, _ = l.Take(b, now)
		}
		if late := now.Sub(noon) - l.Per/time.Duration(l.N); late < 0 || late > 8*time.Second {
			t.Errorf("%v: the next start came %v late", l, late)
		}
	}
}

func TestLimitOddBuckets(t *testing.T) {
	l := Limit{N: 1, Per: time.Hour}
	for _, tokens := range []float64{math.NaN(), math.Inf(-1), -5, 0} {
		if _, ok, next := l.Take(Bucket{SavedAt: noon, Tokens: tokens}, noon); ok || next.After(noon.Add(l.Per+time.Second)) {
			t.Errorf("%v tokens: %v, next %v", tokens, ok, next)
		}
	}
	for _, tokens := range []float64{1, 2, math.Inf(1)} {
		b, ok, _ := l.Take(Bucket{SavedAt: noon, Tokens: tokens}, noon)
		if _, again, _ := l.Take(b, noon); !ok || again {
			t.Errorf("%v tokens: %v, then %v", tokens, ok, again)
		}
	}
	if _, ok, next := (Limit{}).Take(Bucket{}, noon); ok || !next.After(noon) {
		t.Errorf("the zero limit: %v, %v", ok, next)
	}
}

// For any sequence of times that do not go backwards: never more starts in a span
// than the limit allows, and never a longer wait than necessary.
func TestLimitProperty(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		l := Limit{
			N:     1 + random.IntN(5),
			Per:   time.Duration(1000+random.Int64N(int64(48*time.Hour/time.Millisecond))) * time.Millisecond,
			Burst: 1 + random.IntN(3),
		}
		if random.IntN(2) == 0 {
			l.N, l.Burst = 1, 1
		}
		checkLimit(t, l, random)
	}
}

func checkLimit(t *testing.T, l Limit, random *rand.Rand) {
	t.Helper()
	var starts []time.Time
	now, b := noon.Add(time.Duration(random.Int64N(int64(time.Hour)))), Bucket{}
	for range 200 {
		after, ok, next := l.Take(b, now)
		if ok {
			starts = append(starts, now)
		} else if next.Sub(now) > l.Per/time.Duration(l.N)+time.Second {
			t.Fatalf("%v: at %v the wait is %v", l, now, next.Sub(now))
		}
		b = after
		b.SavedAt = time.UnixMilli(ceilMillisecond(b.SavedAt).UnixMilli()) // as the ledger keeps it
		switch random.IntN(4) {
		case 0:
			now = later(now, next)
		case 1:
			now = later(now, next.Add(-time.Duration(random.Int64N(3))*time.Millisecond))
		default:
			now = now.Add(time.Duration(random.Int64N(int64(l.Per))))
		}
	}
	most := l.N + l.Burst - 1
	for i := most; i < len(starts); i++ {
		if span := starts[i].Sub(starts[i-most]); span < l.Per {
			t.Fatalf("%v: %d starts within %v", l, most+1, span)
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
