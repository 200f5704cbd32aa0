package postgres

import (
	"math"
	"testing"
	"time"
)

func TestRetention(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"--- 90\n": 90 * day, "--- 7\n...\n": 7 * day, "90": 90 * day, "--- ''\n": 0, "--- \"\"\n": 0, "--- '90'\n": 0,
		"---\n": 0, "--- \n...\n": 0, "--- 0\n": 0, "--- -3\n": 0, "--- null\n": 0, "--- ~\n": 0, "": 0,
		"--- 106752\n": math.MaxInt64, "--- 99999999999999999999\n": math.MaxInt64, "--- -99999999999999999999\n": 0,
	} {
		if got, err := retention(value); err != nil || got != want {
			t.Errorf("%q = %v, %v, want %v", value, got, err, want)
		}
	}
	for _, value := range []string{"--- x\n", "--- 9.5\n", "--- !ruby/object:Object {}\n", "--- [1]\n", "---7 8"} {
		if got, err := retention(value); err == nil {
			t.Errorf("%q = %v, want an error", value, got)
		}
	}
}

func FuzzRetention(f *testing.F) {
	for _, s := range []string{"--- 90\n", "--- ''", "...", "---...", "--- -1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := retention(s); got < 0 || err != nil && got != 0 {
			t.Errorf("%q = %v, %v", s, got, err)
		}
	})
}

func testRetention(t *testing.T, i *installation) {
	url := i.database(t)
	d := open(t, optionsFor(t, url))
	if got, err := d.Retention(t.Context()); err != nil || got != 0 {
		t.Errorf("not set: %v, %v", got, err)
	}
	i.run(t, url, "INSERT INTO settings (var, value) VALUES ('content_cache_retention_period', $1), ('media_cache_retention_period', '--- 7')", "--- 30\n")
	if got, err := d.Retention(t.Context()); err != nil || got != 30*day {
		t.Errorf("30 days: %v, %v", got, err)
	}
	i.run(t, url, "UPDATE settings SET value = NULL")
	if got, err := d.Retention(t.Context()); err != nil || got != 0 {
		t.Errorf("null: %v, %v", got, err)
	}
}
