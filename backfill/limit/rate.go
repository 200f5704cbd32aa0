package limit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Rate says how fast requests are sent to home. Its zero value is Auto.
type Rate float64

const (
	// Auto follows home's X-RateLimit headers or, until home has sent any, sends one
	// request per second with bursts of two.
	Auto Rate = 0
	// Unlimited sends requests at once. A 429 still pauses it.
	Unlimited Rate = -1
)

// PerSecond is a fixed rate of n requests per second, n above 0. A 429 still
// pauses it.
func PerSecond(n float64) Rate { return Rate(n) }

// ParseRate reads "auto", "unlimited", or a number of requests a second such
// as "2/s" or "0.5/s".
func ParseRate(s string) (Rate, error) {
	switch s {
	case "auto":
		return Auto, nil
	case "unlimited":
		return Unlimited, nil
	}
	number, ok := strings.CutSuffix(s, "/s")
	n, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(n > 0) || math.IsInf(n, 0) {
		return Auto, fmt.Errorf("%q is not a rate: it is auto, unlimited, or a number above 0 with /s, such as 2/s or 0.5/s", s)
	}
	return PerSecond(n), nil
}

// String is the form that ParseRate reads.
func (r Rate) String() string {
	switch r {
	case Auto:
		return "auto"
	case Unlimited:
		return "unlimited"
	}
	return strconv.FormatFloat(float64(r), 'f', -1, 64) + "/s"
}

// Valid reports whether the rate can be kept.
func (r Rate) Valid() bool {
	return r == Auto || r == Unlimited || r > 0 && !math.IsInf(float64(r), 0)
}
