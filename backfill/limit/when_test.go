package limit

import (
	"testing"
	"time"
)

func TestParseWhen(t *testing.T) {
	zone := time.FixedZone("here", 2*60*60)
	now := time.Date(2024, 3, 31, 12, 30, 0, 0, zone)
	at := func(y int, m time.Month, d, h, min int) time.Time { return time.Date(y, m, d, h, min, 0, 0, zone) }
	tests := []struct {
		in   string
		want time.Time
	}{
		{"2024-01-31", at(2024, 1, 31, 0, 0)},
		{" 2024-01-31 ", at(2024, 1, 31, 0, 0)},
		{"2024-01-31T10:00:00Z", at(2024, 1, 31, 12, 0)},
		{"2024-01-31T10:00:00.5+02:00", at(2024, 1, 31, 10, 0).Add(time.Second / 2)},
		{"90d", at(2024, 1, 1, 12, 30)},
		{"12h", at(2024, 3, 31, 0, 30)},
		{"30min", at(2024, 3, 31, 12, 0)},
		{"6w", at(2024, 2, 18, 12, 30)},
		{"1Y", at(2023, 3, 31, 12, 30)},
		{"1mo", at(2024, 2, 29, 12, 30)},
		{"13mo", at(2023, 2, 28, 12, 30)},
		{"4mo", at(2023, 11, 30, 12, 30)},
		{"0d", now},
	}
	for _, tt := range tests {
		got, err := ParseWhen(tt.in, now)
		if err != nil || !got.Equal(tt.want) {
			t.Errorf("ParseWhen(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
	leap := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	if got, err := ParseWhen("1y", leap); err != nil || got.Format(time.DateOnly) != "2023-02-28" {
		t.Errorf("a year before 29 February = %v, %v", got, err)
	}
	for _, in := range []string{
		"", "90", "d", "-90d", "+90d", "1.5d", "90 d", "9m", "9x", "90d2h", "2024-13-01", "2023-02-29", "0000-01-01",
		"0001-01-01T00:00:00Z", "2100y", "99999999999999999999d", "3660001d", "2147483647y", "2024-01-31 10:00", "١d",
	} {
		if got, err := ParseWhen(in, now); err == nil {
			t.Errorf("ParseWhen(%q) = %v, want an error", in, got)
		}
	}
}

func TestParseSpan(t *testing.T) {
	tests := []struct {
		in   string
		want time.Duration
	}{
		{"1h", time.Hour}, {"90m", 90 * time.Minute}, {"90min", 90 * time.Minute}, {"1d", day}, {"2w", 14 * day},
		{" 1h30m ", 90 * time.Minute}, {"1D", day}, {"30s", 30 * time.Second}, {"250ms", 250 * time.Millisecond}, {"0", 0}, {"0s", 0},
	}
	for _, tt := range tests {
		got, err := ParseSpan(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ParseSpan(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{"", "1", "h", "-1h", "+1h", "1.5h", "1 h", "1y", "1mo", "1h-1m", "1h 5m", "106752d", "106751d1d", "9223372036854775807s"} {
		if got, err := ParseSpan(in); err == nil {
			t.Errorf("ParseSpan(%q) = %v, want an error", in, got)
		}
	}
}

func FuzzParseWhen(f *testing.F) {
	for _, s := range []string{"2024-01-31", "2024-01-31T10:00:00Z", "90d", "1y", "6mo", "9999999999w", "-1d"} {
		f.Add(s)
	}
	now := time.Date(2024, 3, 31, 12, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseWhen(s, now)
		if err != nil {
			return
		}
		if got.IsZero() || got.UTC().Year() < 1 || got.UTC().Year() > 9999 {
			t.Errorf("ParseWhen(%q) = %v", s, got)
		}
	})
}

func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"1h", "1h30m", "106751d", "99999999999d", "0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseSpan(s)
		if err != nil {
			return
		}
		if d < 0 {
			t.Fatalf("ParseSpan(%q) = %v", s, d)
		}
		if again, err := ParseSpan(formatSpan(d)); err != nil || again != d {
			t.Errorf("%q: %v is written %s and read as %v, %v", s, d, formatSpan(d), again, err)
		}
	})
}
