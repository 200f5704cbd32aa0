package backfill_test

import (
	"errors"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// TestAHomeThatCannotBeFilledEndsTheRun: it ends the run once, instead of failing
// each post.
func TestAHomeThatCannotBeFilledEndsTheRun(t *testing.T) {
	w := enginetest.NewWorld(t, 10)
	w.Engine.Options.Concurrency = 1
	asked := 0
	w.Home.OnImport = func(string, int) error {
		asked++
		return &backfill.Hinted{Err: &backfill.UnsupportedError{Server: "home.example", Message: "does not tell the uri of posts"}, Hint: backfill.Say("it cannot be filled")}
	}
	results, err := w.Run(t, enginetest.Alice)
	var unsupported *backfill.UnsupportedError
	if !errors.As(err, &unsupported) || asked != 1 {
		t.Errorf("%d posts were asked for: %v", asked, err)
	}
	if len(results) != 1 || results[0].Status != backfill.FailedAccount || results[0].Failed != 0 ||
		results[0].Reason != "home.example does not tell the uri of posts" || results[0].Hint != backfill.Say("it cannot be filled") {
		t.Errorf("%+v", results)
	}
}
