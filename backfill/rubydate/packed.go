package rubydate

import "strings"

// packed reads a date written as a row of digits (ext/date/date_parse.c,
// parse_ddd). If a fraction of a second follows directly, the digits end with the
// seconds; otherwise they begin with the year.
func (f *fields) packed(g []string) {
	sign, digits, clock, point, fraction, zone := g[1], g[2], g[3], g[4], g[5], g[6]
	if clock == "" && point != "" {
		f.fromTheEnd(digits, true)
	} else {
		f.fromTheYear(digits)
	}
	if sign == "-" && f.year != unset {
		f.year = -f.year
	}
	switch {
	case len(clock)%2 != 0:
	case point != "":
		f.fromTheEnd(clock, false)
	default:
		f.take(clock, []place{{&f.hour, 2}, {&f.minute, 2}, {&f.second, 2}})
	}
	if point != "" {
		f.fraction(fraction)
	}
	if inner, bracketed := strings.CutPrefix(zone, "["); bracketed {
		zone, _, _ = strings.Cut(strings.TrimSuffix(inner, "]"), ":")
		if isDigit(rune(zone[0])) {
			zone = "+" + zone
		}
	}
	if zone != "" {
		f.offset = zoneOffset(zone)
	}
}

// place is a field and how many digits it takes.
type place struct {
	field *int
	width int
}

// take fills fields with digits from the left, as many as there are.
func (f *fields) take(digits string, places []place) {
	for _, p := range places {
		if len(digits) < p.width {
			return
		}
		*p.field, digits = number(digits[:p.width]), digits[p.width:]
	}
}

func (f *fields) fromTheYear(digits string) {
	year, month, day := place{&f.year, 4}, place{&f.month, 2}, place{&f.day, 2}
	switch len(digits) {
	case 2:
		f.take(digits, []place{day})
	case 3:
		f.take(digits, []place{{&f.yearDay, 3}})
	case 4:
		f.take(digits, []place{month, day})
	case 5:
		f.take(digits, []place{{&f.year, 2}, {&f.yearDay, 3}})
	case 6:
		f.take(digits, []place{{&f.year, 2}, month, day})
	case 7:
		f.take(digits, []place{year, {&f.yearDay, 3}})
	case 8, 10, 12, 14:
		f.take(digits, []place{year, month, day, {&f.hour, 2}, {&f.minute, 2}, {&f.second, 2}})
	}
}

// fromTheEnd fills fields with digits from the right. If the number of digits is
// odd, the first digit is a field of its own.
func (f *fields) fromTheEnd(digits string, withDay bool) {
	names := []*int{&f.second, &f.minute, &f.hour}
	if withDay {
		names = append(names, &f.day, &f.month, &f.year)
	}
	if n := len(digits); n > 8 && n%2 != 0 {
		return
	}
	for i, name := range names {
		width := 2
		if i == 5 { // the year takes what is left
			width = len(digits)
		}
		if from := max(len(digits)-width, 0); digits != "" {
			*name, digits = number(digits[from:]), digits[:from]
		}
	}
}
