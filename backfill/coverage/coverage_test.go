package coverage

import (
	"reflect"
	"testing"
	"time"
)

func at(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}

func monthly(year int, month time.Month, c Counts) Month {
	return Month{Start: time.Date(year, month, 1, 0, 0, 0, 0, time.UTC), Counts: c}
}

func TestTotal(t *testing.T) {
	c := Coverage{
		Months: []Month{
			monthly(2024, time.May, Counts{Held: 1, Importable: 2}),
			monthly(2024, time.June, Counts{Held: 10, Refused: 20}),
		},
		Undated: Counts{Held: 100, NotOffered: 200},
	}
	want := Counts{Held: 111, Importable: 2, Refused: 20, NotOffered: 200}
	if got := c.Total(); got != want || got.Sum() != 333 {
		t.Errorf("got %+v with the sum %d, want %+v", got, got.Sum(), want)
	}
}

func TestMonthOf(t *testing.T) {
	east := time.FixedZone("east", 2*60*60)
	if got, want := MonthOf(time.Date(2024, 6, 1, 1, 0, 0, 0, east)), monthly(2024, time.May, Counts{}).Start; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestArrange(t *testing.T) {
	one := Counts{Held: 1}
	now := at(2024, time.June, 30)
	for _, tt := range []struct {
		name    string
		counted []Month
		months  []Month
		undated Counts
	}{
		{name: "nothing"},
		{name: "a month without a post", counted: []Month{monthly(2024, time.May, Counts{})}},
		{
			name:    "a gap over the turn of a year, in disorder",
			counted: []Month{monthly(2024, time.February, one), monthly(2023, time.December, one), monthly(2024, time.February, Counts{Refused: 3})},
			months: []Month{
				monthly(2023, time.December, one), monthly(2024, time.January, Counts{}),
				monthly(2024, time.February, Counts{Held: 1, Refused: 3}),
			},
		},
		{
			name:    "the first month that can be right",
			counted: []Month{{Start: time.Unix(0, 0), Counts: one}},
			months:  []Month{monthly(1970, time.January, one)},
		},
		{
			name:    "next month, as servers east of UTC may have it",
			counted: []Month{{Start: at(2024, time.July, 31), Counts: one}},
			months:  []Month{monthly(2024, time.July, one)},
		},
		{
			name:    "dates that cannot be right",
			counted: []Month{monthly(1969, time.December, one), monthly(2024, time.August, one), monthly(9999, time.January, one), {Counts: one}},
			undated: Counts{Held: 4},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			months, undated := Arrange(tt.counted, now)
			if !reflect.DeepEqual(months, tt.months) || undated != tt.undated {
				t.Errorf("got %v and undated %v, want %v and %v", months, undated, tt.months, tt.undated)
			}
		})
	}
}
