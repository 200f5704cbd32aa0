package limit

import (
	"testing"
	"time"
)

// TestTurnsAfterAStepBack: however far ahead the record is, one turn can be taken at once,
// and the next one comes in its time.
func TestTurnsAfterAStepBack(t *testing.T) {
	rate := TurnRate{PerSecond: 1, Burst: 5}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, back := range []time.Duration{2 * time.Minute, 24 * time.Hour, 20_000 * time.Hour} {
		ahead, _, _ := Turns{}.Take(rate, 5, "a", now.Add(back), time.Minute)
		after, taken, wait := ahead.Leave(rate, 0).Take(rate, 3, "b", now, time.Minute)
		if taken != 1 || wait != 0 {
			t.Fatalf("%s back: %d turns, wait %s", back, taken, wait)
		}
		if _, taken, wait := after.Take(rate, 3, "b", now, time.Minute); taken != 0 || wait != time.Second {
			t.Errorf("%s back, then at once: %d turns, wait %s", back, taken, wait)
		}
		if _, taken, _ := after.Take(rate, 3, "b", now.Add(time.Second), time.Minute); taken != 1 {
			t.Errorf("%s back, then a second later: %d turns", back, taken)
		}
	}
}
