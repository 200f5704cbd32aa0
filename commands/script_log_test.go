package commands_test

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// logLines FILE wants every line of a file, of which there is at least one, to be a line
// of a log.
func logLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: loglines FILE")
	}
	text := ts.ReadFile(args[0])
	if text == "" {
		ts.Fatalf("nothing was logged")
	}
	for line := range strings.Lines(text) {
		var l struct {
			Type, Level, Message string
			Time                 time.Time
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			ts.Fatalf("%v: %s", err, line)
		}
		switch {
		case !slices.Contains([]string{"log", "error", "bad_line"}, l.Type), !slices.Contains([]string{"info", "warning", "error"}, l.Level),
			l.Message == "", strings.HasPrefix(l.Message, "tootfill:"), l.Time.IsZero():
			ts.Fatalf("no line of a log: %s", line)
		}
	}
}
