package rubydate

import (
	"fmt"
	"time"
)

// maxOffset is the greatest offset of a zone that is valid.
const maxOffset = 24 * 3600

// maxYear is the last year that Mastodon accepts.
const maxYear = 9999

// time is the time that the fields stand for.
func (f *fields) time() (time.Time, error) {
	day, err := f.date()
	if err != nil {
		return time.Time{}, err
	}
	if day.Year() < 0 || day.Year() > maxYear {
		return time.Time{}, fmt.Errorf("the year %d", day.Year())
	}
	hour, minute, second := max(f.hour, 0), max(f.minute, 0), max(f.second, 0)
	if second == 60 { // a leap second
		second = 59
	}
	if hour > 24 || minute > 59 || second > 59 || hour == 24 && minute+second > 0 {
		return time.Time{}, errNoDate
	}
	offset := f.offset
	if offset > maxOffset || offset < -maxOffset {
		offset = 0
	}
	elapsed := time.Duration(hour*3600+minute*60+second-offset)*time.Second + time.Duration(f.nanosecond)
	return day.Add(elapsed), nil
}

// date is the day. The year is required; a missing month or day is the first.
func (f *fields) date() (time.Time, error) {
	if f.beforeChrist && f.year != unset {
		f.year = 1 - f.year
	}
	switch {
	case f.year != unset && f.yearDay != unset:
		t := time.Date(f.year, 1, f.yearDay, 0, 0, 0, 0, time.UTC)
		return t, valid(t.Year() == f.year)
	case f.year != unset:
		month, day := f.month, f.day
		if month == unset {
			month = 1
		}
		if day == unset {
			day = 1
		}
		t := time.Date(f.year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		return t, valid(t.Year() == f.year && int(t.Month()) == month && t.Day() == day)
	case f.weekYear != unset && f.week != unset:
		return weekDate(f.weekYear, f.week, f.weekDay)
	}
	return time.Time{}, errNoDate
}

// weekDate is a day of a week (ISO 8601): Monday is 1, and the first week is that
// of the fourth of January.
func weekDate(year, week, day int) (time.Time, error) {
	if day == unset {
		day = 1
	}
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	since := (int(fourth.Weekday()) + 6) % 7
	t := fourth.AddDate(0, 0, 7*(week-1)+day-1-since)
	y, w := t.ISOWeek()
	return t, valid(y == year && w == week && day >= 1 && day <= 7)
}

func valid(ok bool) error {
	if !ok {
		return errNoDate
	}
	return nil
}
