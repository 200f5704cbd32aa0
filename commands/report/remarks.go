package report

import (
	"fmt"
	"io"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

// Remarks reports warnings, and waits so that nobody wonders what takes so long, for
// commands without progress.
type Remarks struct {
	Stderr io.Writer
	Clock  backfill.Clock
	Quiet  bool
	// Hints puts advice into words.
	Hints func(backfill.Hint) string
}

// Event reports a wait or a warning.
func (r Remarks) Event(e backfill.Event) {
	if r.Quiet {
		return
	}
	switch e := e.(type) {
	case backfill.Waiting:
		until := clockTime(e.Until, r.Clock.Now(), time.TimeOnly)
		// As with a warning, nothing depends on it.
		_ = WriteText(r.Stderr, fmt.Sprintf("tootfill: waiting for %s until %s\n", cleantext.Line(e.On, maxField), until))
	case backfill.Warned:
		Warn(r.Stderr, e.Text, r.Hints(e.Hint))
	}
}
