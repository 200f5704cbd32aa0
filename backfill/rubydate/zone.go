package rubydate

import (
	_ "embed"
	"strings"
)

// zoneNames are the zones that Ruby knows by name (ext/date/zonetab.list), one line
// per offset.
//
//go:embed zones.txt
var zoneNames string

// zoneOffset is the offset of a zone in seconds east of Greenwich; 0 for unknown
// ones (ext/date/date_parse.c, date_zone_to_diff).
func zoneOffset(zone string) int {
	zone = strings.Join(strings.Fields(strings.ToLower(zone)), " ")
	if zone == "" {
		return 0
	}
	name, summer := zone, 0
	for _, suffix := range []string{" standard time", " daylight time", " dst"} {
		if before, found := strings.CutSuffix(zone, suffix); found {
			if name = before; suffix != " standard time" {
				summer = 3600
			}
			break
		}
	}
	if offset, known := namedZone(name); known {
		return offset + summer
	}
	if len(zone) > 3 && (strings.HasPrefix(zone, "gmt") || strings.HasPrefix(zone, "utc")) {
		zone = zone[3:]
	}
	switch zone[0] {
	case '+':
		return distance(zone[1:])
	case '-':
		return -distance(zone[1:])
	}
	return 0
}

func namedZone(name string) (offset int, known bool) {
	for line := range strings.Lines(zoneNames) {
		distant, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		for one := range strings.SplitSeq(names, ", ") {
			if one == name {
				return signedDistance(distant), true
			}
		}
	}
	return 0, false
}

func signedDistance(text string) int {
	if text[0] == '-' {
		return -distance(text[1:])
	}
	return distance(text[1:])
}

// distance reads the hours, minutes and seconds of an offset: 2, 02, 0230, 230,
// 02:30, 2.5 (hours).
func distance(text string) int {
	hours, rest := leading(text)
	if rest == "" {
		return packedDistance(hours)
	}
	seconds := number(hours) * 3600
	if rest[0] == ',' || rest[0] == '.' {
		digits, _ := leading(rest[1:])
		part := 3600
		for i := range min(len(digits), 6) {
			part /= 10
			seconds += part * int(digits[i]-'0')
		}
		return seconds
	}
	minutes, rest := leading(strings.TrimPrefix(rest, ":"))
	if minutes != "" {
		seconds += number(minutes) * 60
	}
	if more, _ := leading(strings.TrimPrefix(rest, ":")); more != "" {
		seconds += number(more)
	}
	return seconds
}

// packedDistance reads an offset without separators. Up to two digits are hours.
func packedDistance(digits string) int {
	if len(digits) <= 2 {
		return max(number(digits), 0) * 3600
	}
	first := 2 - len(digits)%2
	seconds := number(digits[:first])*3600 + number(digits[first:first+2])*60
	if len(digits) >= first+4 {
		seconds += number(digits[first+2 : first+4])
	}
	return seconds
}

// leading are the digits at the beginning of a text.
func leading(text string) (digits, rest string) {
	n := 0
	for n < len(text) && isDigit(rune(text[n])) {
		n++
	}
	return text[:n], text[n:]
}
