package report

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
)

func TestJSONFields(t *testing.T) {
	want := map[string][]string{
		"post": {"type", "account", "uri", "outcome", "reason"},
		"result": {"type", "account", "route", "status", "listed", "eligible", "held", "imported", "refused", "failed", "foreign",
			"retry_at", "cause", "reason", "hint", "profile_url"},
		"summary": {"type", "accounts", "done", "queued", "deferred", "partial", "failed", "skipped", "interrupted", "listed",
			"eligible", "held", "imported", "refused", "posts_failed", "bad_lines", "home_requests", "origin_requests", "seconds"},
	}
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		o.JSON, o.Verbose = true, true
		r := Begin(o)
		threeAccounts(r)
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due", HomeRequests: 21, OriginRequests: 4, Elapsed: 12345678 * time.Microsecond})
		lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
		counts := map[string]int{}
		var last map[string]any
		for _, line := range lines {
			last = nil
			if err := json.Unmarshal([]byte(line), &last); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			kind, _ := last["type"].(string)
			counts[kind]++
			if got := slices.Sorted(maps.Keys(last)); !slices.Equal(got, slices.Sorted(slices.Values(want[kind]))) {
				t.Errorf("%s: fields %v", kind, got)
			}
		}
		if counts["post"] != 14 || counts["result"] != 3 || counts["summary"] != 1 || last["type"] != "summary" {
			t.Errorf("lines: %v, the last %v", counts, last["type"])
		}
		if last["seconds"] != 12.346 || last["home_requests"] != 21.0 || last["partial"] != 1.0 || last["refused"] != 1.0 {
			t.Errorf("summary: %v", last)
		}
		for _, skipped := range []string{
			`"uri":"https://photos.example/p/boost","outcome":"skipped","reason":"a boost"}`, `"uri":"","outcome":"skipped","reason":"not for everybody"}`,
		} {
			if !strings.Contains(stdout.String(), skipped) {
				t.Errorf("no line with %s", skipped)
			}
		}
		if got := stdout.String(); !strings.Contains(got, `"retry_at":"2000-01-01T01:00:12Z"`) || !strings.Contains(got, `"retry_at":null`) {
			t.Errorf("retry_at is not as it should be:\n%s", got)
		}
		if got := stderr.String(); !strings.HasPrefix(got, "tootfill: warning: ") {
			t.Errorf("stderr: %q", got)
		}
	})
}

func TestJSONOfHostileText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, _ := piped()
		o.JSON, o.Quiet = true, true
		r := Begin(o)
		r.Event(backfill.PostSettled{Account: gallery, URI: "https://x/<&>\u009b\x7f\xff", Outcome: backfill.Failed, Reason: "a\x1b[2J\nb"})
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
		line, _, _ := strings.Cut(stdout.String(), "\n")
		expect(t, "line", line, `{"type":"post","account":"gallery@photos.example","uri":"https://x/<&>`+"\uFFFD"+
			`","outcome":"failed","reason":"a\u001b[2J\nb"}`)
	})
}

// A bar is drawn only where it does not mix with the JSON.
func TestJSONAndTheBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, stdoutTTY := range []bool{false, true} {
			o, stdout, _ := piped()
			s := newScreen(80)
			o.Stderr, o.StderrTTY, o.StdoutTTY, o.JSON = s, true, stdoutTTY, true
			r := Begin(o)
			r.Event(backfill.AccountStarted{Account: gallery})
			time.Sleep(40 * time.Second)
			synctest.Wait()
			if drawn := s.text() != ""; drawn == stdoutTTY {
				t.Errorf("stdout is a terminal: %v, bar: %q", stdoutTTY, s.text())
			}
			_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
			if got := stdout.String(); strings.ContainsAny(got, "\x1b\r") {
				t.Errorf("stdout: %q", got)
			}
		}
	})
}

func TestSecondsAreWholeMilliseconds(t *testing.T) {
	for ms := range 20_000 {
		d := time.Duration(ms)*time.Millisecond + 300*time.Microsecond
		text, err := json.Marshal(secondsOf(d))
		if _, fraction, _ := strings.Cut(string(text), "."); err != nil || len(fraction) > 3 {
			t.Fatalf("%s: %s, %v", d, text, err)
		}
	}
}
