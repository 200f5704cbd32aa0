package limit

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Pace is how many requests home takes in a time. Its zero value means that this is
// not limited, or not known.
type Pace struct {
	Requests float64
	Per      time.Duration
}

// PerSecond is the pace in requests a second; 0 for the zero Pace.
func (p Pace) PerSecond() float64 {
	if p.Per <= 0 {
		return 0
	}
	return p.Requests / p.Per.Seconds()
}

// Time is how long so many requests take at least; 0 for the zero Pace.
func (p Pace) Time(requests int) time.Duration {
	if p.PerSecond() <= 0 {
		return 0
	}
	nanoseconds := float64(requests) / p.PerSecond() * float64(time.Second)
	return time.Duration(min(nanoseconds, math.MaxInt64/2))
}

// String is "300 requests per 5 minutes" or "0.5 requests per second".
func (p Pace) String() string {
	noun := "requests"
	if p.Requests == 1 {
		noun = "request"
	}
	return strconv.FormatFloat(p.Requests, 'f', -1, 64) + " " + noun + " per " + timeText(p.Per)
}

func timeText(d time.Duration) string {
	switch {
	case d == time.Second:
		return "second"
	case d == time.Minute:
		return "minute"
	case d%time.Minute == 0:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%.0f seconds", d.Seconds())
}
