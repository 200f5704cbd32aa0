package monitor

import (
	"testing"
	"time"

	"tootfill/commands/monitor/promtext"
	"tootfill/commands/report"
)

var ended = time.Date(2026, 11, 28, 5, 30, 0, int(250*time.Millisecond), time.UTC)

func TestMetricsOfARunWithoutResults(t *testing.T) {
	r := Run{
		Version: "a\"b\\c\nd", Ended: ended, Took: 1500 * time.Millisecond, Status: 4,
		Totals: report.Totals{BadLines: 2}, Unfound: 3, Requests: Requests{Home: 5, Origins: 7, HomeLimited: 1, OriginsLimited: 2},
	}
	got, err := promtext.Read(r.Metrics(ended.Add(-time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		`tootfill_build_info{version="a\"b\\c\nd"}`:                1,
		"tootfill_last_run_timestamp_seconds":                      1795843800.25,
		"tootfill_last_success_timestamp_seconds":                  1795840200.25,
		"tootfill_last_run_duration_seconds":                       1.5,
		"tootfill_last_run_exit_status":                            4,
		`tootfill_last_run_accounts{route="none",status="failed"}`: 0,
		`tootfill_last_run_posts{route="resolve",outcome="held"}`:  0,
		"tootfill_last_run_unfound_addresses":                      3,
		"tootfill_last_run_bad_lines":                              2,
		`tootfill_last_run_requests{to="home"}`:                    5,
		`tootfill_last_run_requests{to="origins"}`:                 7,
		`tootfill_last_run_rate_limited_requests{to="home"}`:       1,
		`tootfill_last_run_rate_limited_requests{to="origins"}`:    2,
	} {
		if value, there := got[name]; !there || value != want {
			t.Errorf("%s is %v (%v), want %v", name, value, there, want)
		}
	}
}

// There are as many series after any run: whoever watches them sees none come or go.
func TestSeriesAreAlwaysThere(t *testing.T) {
	bad, err := promtext.Read(Run{Ended: ended}.Metrics(time.Time{}))
	if err != nil {
		t.Fatal(err)
	}
	good, err := promtext.Read(Run{Ended: ended, Good: true}.Metrics(time.Time{}))
	if err != nil {
		t.Fatal(err)
	}
	for name := range good {
		if _, there := bad[name]; !there || len(good) != len(bad) {
			t.Errorf("%s: %d series after a good run, %d after a bad one", name, len(good), len(bad))
		}
	}
	if len(good) > 70 {
		t.Errorf("%d series", len(good))
	}
	if got := bad[lastSuccess]; got != 0 {
		t.Errorf("without a success: %v", got)
	}
	if got := good[lastSuccess]; got != 1795843800.25 {
		t.Errorf("after a success: %v", got)
	}
}
