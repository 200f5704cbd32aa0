package report

import (
	"fmt"
	"time"
)

// rateText is "1.2/s", or "3/min" for slow rates.
func rateText(perSecond float64) string {
	switch {
	case perSecond >= 9.95:
		return fmt.Sprintf("%.0f/s", perSecond)
	case perSecond >= 0.095:
		return fmt.Sprintf("%.1f/s", perSecond)
	}
	return fmt.Sprintf("%.0f/min", perSecond*60)
}

// durationText is "45s", "3m05s" or "2h07m", rounded up to whole seconds.
func durationText(d time.Duration) string {
	s := int64((max(d, 0) + time.Second - 1) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 100*3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd", s/(24*3600))
}

// clockTime is a time of day in now's zone, with the date unless it is today.
func clockTime(t, now time.Time, layout string) string {
	t = t.In(now.Location())
	if t.Format(time.DateOnly) != now.Format(time.DateOnly) {
		layout = time.DateOnly + " " + layout
	}
	return t.Format(layout)
}

// minuteTime is the first full minute at or after t.
func minuteTime(t, now time.Time) string { return clockTime(wholeMinute(t), now, "15:04") }

// wholeMinute is the first full minute at or after t, so that nobody who comes at that
// minute comes too early.
func wholeMinute(t time.Time) time.Time {
	if whole := t.Truncate(time.Minute); whole.Before(t) {
		return whole.Add(time.Minute)
	}
	return t
}
