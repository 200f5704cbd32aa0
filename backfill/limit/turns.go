package limit

import (
	"encoding/json"
	"math"
	"time"
)

// Turns are the turns at a server that several processes take in common: so many a
// second in the long run, so many in a row, and one process at a time. The zero Turns
// are those of a server that nobody has asked.
type Turns struct {
	// Full is when so many turns will be there as may be taken in a row.
	Full time.Time `json:"full"`
	// Holder is the process whose turn it is, at most until Until; empty if it is nobody's.
	Holder string    `json:"holder,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

// TurnRate says how often turns come.
type TurnRate struct {
	PerSecond float64
	// Burst is how many may be taken in a row.
	Burst int
}

// interval is the time in which one turn comes in.
func (r TurnRate) interval() time.Duration {
	return max(time.Duration(math.Ceil(float64(time.Second)/r.PerSecond)), 1)
}

// stepBack is how far a time may be in the future that is read by several clocks, which
// are almost the same. One further away was noted before the clock stepped back.
const stepBack = time.Minute

// ParseTurns reads what String has written. A text that nobody has written so is that of a
// server that nobody has asked.
func ParseTurns(text string) (t Turns) {
	if text == "" || json.Unmarshal([]byte(text), &t) != nil {
		return Turns{}
	}
	return t
}

// String is the form in which turns are kept.
func (t Turns) String() string {
	text, err := json.Marshal(t)
	if err != nil { // a year beyond 9999
		return ""
	}
	return string(text)
}

// IsHeld reports whether it is the turn of another process than self at now. Nobody holds
// a turn for longer than most.
func (t Turns) IsHeld(self string, now time.Time, most time.Duration) bool {
	return t.Holder != "" && t.Holder != self && now.Before(t.Until) && t.Until.Sub(now) <= most+stepBack
}

// Take takes up to n turns for a process, which has them until its hold ends: at the
// latest after most. If there is none, wait says when there will be one. It does not
// look whether another process has its turn.
func (t Turns) Take(r TurnRate, n int, self string, now time.Time, most time.Duration) (after Turns, taken int, wait time.Duration) {
	now = now.Round(0).UTC()
	interval := r.interval()
	row := time.Duration(max(r.Burst, 1)) * interval
	full := t.Full
	if full.Before(now) {
		full = now
	}
	if full.Sub(now) > row+stepBack {
		full = now.Add(row - interval) // one turn, and so a record by the clock as it is now
	}
	room := row - full.Sub(now)
	if taken = int(room / interval); taken <= 0 {
		return t, 0, interval - room
	}
	taken = min(taken, n)
	return Turns{Full: full.Add(time.Duration(taken) * interval), Holder: self, Until: now.Add(most)}, taken, 0
}

// Leave ends the hold of a process, which has not used some of its turns.
func (t Turns) Leave(r TurnRate, unused int) Turns {
	return Turns{Full: t.Full.Add(-time.Duration(unused) * r.interval())}
}
