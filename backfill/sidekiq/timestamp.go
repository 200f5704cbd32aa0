package sidekiq

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// unit is the unit in which a version of Sidekiq writes the time of a job.
type unit int

const (
	unitUnknown unit = iota
	// seconds since 1970 with a fraction: Sidekiq 7 and older. Sidekiq 8
	// understands them too (lib/sidekiq/api.rb, calculate_latency).
	seconds
	// milliseconds since 1970, whole: Sidekiq 8 and later.
	milliseconds
)

// write writes a time as a JSON number. Seconds always have a fraction: Ruby tells
// the units apart by the type Float.
func (u unit) write(t time.Time) json.Number {
	if u == milliseconds {
		return json.Number(strconv.FormatInt(t.UnixMilli(), 10))
	}
	return json.Number(strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', 6, 64))
}

// earliestMilliseconds is the least number that means milliseconds (a time in
// 1973); as seconds it would be in the year 5138.
const earliestMilliseconds = 1e11

// latestMilliseconds is the end of the year 9999.
const latestMilliseconds = 253402300799999

// parseTimestamp reads enqueued_at or created_at of a job. It returns false for
// anything but a number that is a time between 1970 and 9999.
func parseTimestamp(raw []byte) (time.Time, unit, bool) {
	text := string(raw)
	if text == "" || strings.Trim(text, "0123456789.eE+-") != "" || text[0] == '-' {
		return time.Time{}, unitUnknown, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) {
		return time.Time{}, unitUnknown, false
	}
	u := milliseconds
	if strings.ContainsAny(text, ".eE") || n < earliestMilliseconds {
		u, n = seconds, n*1000
	}
	if n > latestMilliseconds {
		return time.Time{}, unitUnknown, false
	}
	whole, fraction := math.Modf(n)
	return time.UnixMilli(int64(whole)).Add(time.Duration(fraction * float64(time.Millisecond))), u, true
}
