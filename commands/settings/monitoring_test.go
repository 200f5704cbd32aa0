package settings

import (
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/backfilltest"
)

// The address that is pinged is a secret: only its server is shown.
func TestPingIsHidden(t *testing.T) {
	for address, want := range map[string]string{
		"https://hc-ping.com/secret":              "https://hc-ping.com/********",
		"http://me:secret@10.0.0.1:8000/x?secret": "http://10.0.0.1:8000/********",
		"secret":               "********",
		"https://h\x7f/secret": "********",
	} {
		k, _ := keyNamed("ping")
		if got := (setting{key: k, value: address}).shown().Text; got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}

// Whoever watches over runs is told of wrong settings, too.
func TestMonitoringIsReadAmongErrors(t *testing.T) {
	dir := t.TempDir()
	config := write(t, filepath.Join(dir, "c.toml"), "server = \"h.example\"\nmetrics_file = \"m.prom\"\nping = \"https://hc-ping.com/a\"\nservr = 1\n", 0o600)
	for _, o := range []Flags{{Config: config}, {Config: config, Profile: "none"}} {
		s, wrong := readerOf(backfilltest.Environment("HOME", dir)).ReadAll(o, ByAny)
		if len(wrong) == 0 || s.MetricsFile != filepath.Join(dir, "m.prom") || s.Ping == nil || !strings.HasSuffix(s.Ping.String(), "/a") {
			t.Errorf("%+v: %v, %q, %v", o, wrong, s.MetricsFile, s.Ping)
		}
	}
}
