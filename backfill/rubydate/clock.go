package rubydate

import (
	"regexp"
	"strings"
)

// clockTime is a time of the day with its zone (ext/date/date_parse.c,
// parse_time), clockParts are the parts of the time.
var (
	clockTime = regexp.MustCompile(`(?i)(` +
		`(?:\d+\s*:\s*\d+(?:\s*:\s*\d+(?:[,.]\d*)?)?|\d+\s*h(?:\s*\d+m?(?:\s*\d+s?)?)?)` +
		`(?:\s*[ap](?:m\b|\.m\.))?|\d+\s*[ap](?:m\b|\.m\.))` +
		`(?:\s*((?:gmt|utc?)?[-+]\d+(?:[,.:]\d+(?::\d+)?)?|` +
		`[\p{L}\p{M}.\s]+(?:standard|daylight)\stime\b|` +
		`[\p{L}\p{M}]+(?:\sdst)?\b))?`)
	clockParts = regexp.MustCompile(`(?i)\A(\d+)h?(?:\s*:?\s*(\d+)m?(?:\s*:?\s*(\d+)(?:[,.](\d+))?s?)?)?(?:\s*([ap])(?:m\b|\.m\.))?`)
)

func (f *fields) clock(text, zone string) {
	g := clockParts.FindStringSubmatch(text)
	if g == nil {
		return
	}
	f.hour, f.minute, f.second = number(g[1]), number(g[2]), number(g[3])
	f.fraction(g[4])
	switch strings.ToLower(g[5]) {
	case "a":
		f.hour %= 12
	case "p":
		f.hour = f.hour%12 + 12
	}
	f.offset = zoneOffset(zone)
}

// fraction reads the digits of a fraction of a second.
func (f *fields) fraction(digits string) {
	const nanoseconds = 9
	f.nanosecond = 0
	for i := range nanoseconds {
		f.nanosecond *= 10
		if i < len(digits) {
			f.nanosecond += int(digits[i] - '0')
		}
	}
}
