package limit

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill/cleantext"
)

// ParseWhen reads a point in time as people write it:
//
//   - a date, 2024-01-31: its first moment in now's time zone
//   - a time, 2024-01-31T10:00:00Z (RFC 3339)
//   - an age, 90d: so long before now. The units are min, h, d, w, mo and y;
//     days and longer go by the calendar, and where a month is too short for
//     the day its last day is taken. A bare m is refused: it may mean months.
//
// Results outside the years 1 to 9999 are errors.
func ParseWhen(s string, now time.Time) (time.Time, error) {
	text := strings.TrimSpace(s)
	t, err := parseDate(text, now.Location())
	if err != nil {
		t, err = parseAge(text, now)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %w", cleantext.Quote(s), err)
	}
	if y := t.UTC().Year(); y < 1 || y > 9999 || t.IsZero() {
		return time.Time{}, fmt.Errorf("%s is too far away", cleantext.Quote(s))
	}
	return t, nil
}

func parseDate(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, text)
}

var (
	errWhen      = errors.New("is not a date, a time or an age, such as 2024-01-31, 2024-01-31T10:00:00Z or 90d")
	errAmbiguous = errors.New("may mean minutes or months: write min or mo")
	errTooLong   = errors.New("is too long")
)

func parseAge(text string, now time.Time) (time.Time, error) {
	n, unit, rest, err := cutQuantity(text)
	if err != nil || rest != "" {
		return time.Time{}, errWhen
	}
	// More than any calendar holds, and far from overflowing one.
	if n > 10_000*366 {
		return time.Time{}, errTooLong
	}
	switch unit {
	case "min":
		return now.Add(-time.Duration(n) * time.Minute), nil
	case "h":
		return now.Add(-time.Duration(n) * time.Hour), nil
	case "d":
		return now.AddDate(0, 0, -n), nil
	case "w":
		return now.AddDate(0, 0, -7*n), nil
	case "mo":
		return monthsBefore(now, n), nil
	case "y":
		return monthsBefore(now, 12*n), nil
	case "m":
		return time.Time{}, errAmbiguous
	}
	return time.Time{}, errWhen
}

// monthsBefore is AddDate, but a month before 31 March is the end of February.
func monthsBefore(now time.Time, n int) time.Time {
	t := now.AddDate(0, -n, 0)
	if t.Day() != now.Day() {
		t = t.AddDate(0, 0, -t.Day())
	}
	return t
}

// cutQuantity cuts the number and the unit, in lower case, from the front of text.
func cutQuantity(text string) (n int, unit, rest string, err error) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	value, err := strconv.ParseInt(text[:digits], 10, 32)
	if err != nil {
		return 0, "", "", err
	}
	rest = strings.TrimLeft(text[digits:], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	unit = strings.ToLower(text[digits : len(text)-len(rest)])
	return int(value), unit, rest, nil
}

var errSpan = errors.New("is not a duration, such as 90m, 1h30m or 1d")

// ParseSpan reads a duration of the configuration: 90m, 1h, 1h30m, 1d, 2w. The
// units are ms, s, m or min, h, d (24 hours) and w; a bare 0 needs none.
func ParseSpan(s string) (time.Duration, error) {
	text := strings.TrimSpace(s)
	if text == "0" {
		return 0, nil
	}
	span, err := parseSpan(text)
	if err != nil {
		return 0, fmt.Errorf("%s %w", cleantext.Quote(s), err)
	}
	return span, nil
}

func parseSpan(text string) (time.Duration, error) {
	if text == "" {
		return 0, errSpan
	}
	var sum time.Duration
	for text != "" {
		n, unit, rest, err := cutQuantity(text)
		if errors.Is(err, strconv.ErrRange) {
			return 0, errTooLong
		}
		d, ok := spanUnit(unit)
		if err != nil || !ok {
			return 0, errSpan
		}
		if time.Duration(n) > (math.MaxInt64-sum)/d {
			return 0, errTooLong
		}
		sum += time.Duration(n) * d
		text = rest
	}
	return sum, nil
}

const day = 24 * time.Hour

func spanUnit(unit string) (time.Duration, bool) {
	switch unit {
	case "ms":
		return time.Millisecond, true
	case "s":
		return time.Second, true
	case "m", "min":
		return time.Minute, true
	case "h":
		return time.Hour, true
	case "d":
		return day, true
	case "w":
		return 7 * day, true
	}
	return 0, false
}

// formatSpan writes whole milliseconds in the largest unit that fits them, so
// that ParseSpan reads them back.
func formatSpan(d time.Duration) string {
	for _, u := range []struct {
		name string
		span time.Duration
	}{{"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if d >= u.span && d%u.span == 0 {
			return strconv.FormatInt(int64(d/u.span), 10) + u.name
		}
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
}
