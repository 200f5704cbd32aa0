package backfill_test

import (
	"fmt"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

func TestAReasonThatAllFailuresShareIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		status func(nth int) int
		want   string
	}{
		"one reason":  {func(int) int { return 403 }, "some posts failed: home.example answered 403: Just a moment…"},
		"two reasons": {func(nth int) int { return 403 + nth%2 }, "some posts failed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := enginetest.NewWorld(t, 4)
			w.Home.OnImport = func(uri string, nth int) error {
				return fmt.Errorf("importing %s: %w", uri, &backfill.AnswerError{Server: "home.example", Status: c.status(len(uri) + int(uri[len(uri)-1])), Message: "Just a moment…"})
			}
			r := w.FillAlice(t)
			if r.Status != backfill.Partial || r.Reason != c.want || strings.Contains(r.Reason, "photos.example") {
				t.Errorf("%s: %s", r.Status, r.Reason)
			}
			if _, shared, _ := strings.Cut(c.want, ": "); r.FailedFor != shared {
				t.Errorf("failed for %q, want %q", r.FailedFor, shared)
			}
		})
	}
}

func TestARowOfErrorsIsToldWithoutItsPosts(t *testing.T) {
	for name, c := range map[string]struct {
		status func(nth int) int
		want   string
	}{
		"one reason":  {func(int) int { return 403 }, "5 errors in a row: home.example answered 403: Just a moment…"},
		"two reasons": {func(nth int) int { return 403 + nth%2 }, "5 errors in a row, the last: home.example answered 403: Just a moment…"},
	} {
		t.Run(name, func(t *testing.T) {
			w := enginetest.NewWorld(t, 40)
			w.Engine.Options.Concurrency = 1
			n := 0
			w.Home.OnImport = func(uri string, _ int) error {
				n++
				return fmt.Errorf("importing %s: %w", uri, &backfill.AnswerError{Server: "home.example", Status: c.status(n + 1), Message: "Just a moment…"})
			}
			if r := w.FillAlice(t); r.Status != backfill.FailedAccount || r.Cause != backfill.HomeError || r.Reason != c.want {
				t.Errorf("%s: %s", r.Status, r.Reason)
			}
		})
	}
}
