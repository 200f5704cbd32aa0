package home

import (
	"context"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
)

// fixedRetention is a database that knows this one setting.
type fixedRetention time.Duration

func (f fixedRetention) Retention(context.Context) (time.Duration, error) {
	return time.Duration(f), nil
}

func TestRetentionWarning(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, tt := range []struct {
		kept  time.Duration
		since time.Time
		want  string
	}{
		{0, time.Time{}, ""},
		{14 * day, time.Time{}, "older than 14 days"},
		{14 * day, now.Add(-15 * day), "older than 14 days"},
		{14 * day, now.Add(-14 * day), ""},
		{1 * day, time.Time{}, "older than 1 day:"},
	} {
		text, hint, err := RetentionWarning(t.Context(), fixedRetention(tt.kept), "home.example", tt.since, now)
		if err != nil || (text == "") != (tt.want == "") || !strings.Contains(text, tt.want) || (hint == backfill.Hint{}) != (text == "") {
			t.Errorf("%+v: %q, %+v, %v", tt, text, hint, err)
		}
	}
}
