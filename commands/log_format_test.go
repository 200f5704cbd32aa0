package commands

import (
	"strings"
	"testing"
)

func TestFlagValue(t *testing.T) {
	for line, want := range map[string]string{
		"":                                     "",
		"--log-format json":                    "json",
		"x --log-format=json y":                "json",
		"--log-format text --log-format=json":  "json",
		"--log-format":                         "",
		"--log-formats json":                   "",
		"x -- --log-format json":               "",
		"--wrong --log-format json --log-form": "json",
	} {
		if got := flagValue(strings.Fields(line), logFormatFlag); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// The address that is pinged does not come back in the command that resumes a run.
func TestWithoutPing(t *testing.T) {
	for line, want := range map[string]string{
		"accounts backfill --ping https://h/s a@b.example":    "accounts backfill a@b.example",
		"accounts --ping=https://h/s backfill -v a@b.example": "accounts backfill -v a@b.example",
		"accounts backfill --pings x --ping":                  "accounts backfill --pings x",
		"accounts backfill -- --ping x":                       "accounts backfill -- --ping x",
	} {
		if got := strings.Join(withoutPing(strings.Fields(line)), " "); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
