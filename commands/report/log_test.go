package report

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
)

// logOf reads the lines of a log.
func logOf(t *testing.T, text string) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(text) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		at, err := time.Parse(time.RFC3339, fields["time"].(string))
		if err != nil || at.Location() != time.UTC {
			t.Errorf("the time is %v, %v", fields["time"], err)
		}
		delete(fields, "time")
		lines = append(lines, fields)
	}
	return lines
}

func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		log := NewLog(stderr, o.Clock)
		o.Stderr, o.UTF8, o.Quiet = log, false, true
		quiet := Begin(o)
		o.Quiet, o.Verbose = false, true
		r := Begin(o)
		r.Notice("tootfill: finishing")
		r.Event(backfill.Warned{Account: gallery, Text: "it is “slow”", Hint: backfill.Say("wait")})
		r.Event(backfill.Warned{Text: "late"})
		r.Event(backfill.AccountResumed{Account: gallery, StartedAt: o.Clock.Now()})
		r.Event(backfill.AccountStarted{Account: gallery})
		r.Event(backfill.PageListed{Account: gallery, Eligible: 2, All: true})
		r.Event(backfill.PostSettled{Account: gallery, URI: "https://photos.example/1", Outcome: backfill.Imported})
		r.ShowProgress()
		r.Problem(Problem{Code: 3, Message: "no", Account: "x@y.example"})
		r.BadLine(BadLine{File: "list.txt", Line: 3, Text: "what", Message: "no account", Hint: "name one"})
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.Done, Imported: 1}})
		_ = r.Close(Summary{Interrupted: true, ResumeCommand: "tootfill again"})
		quiet.Event(backfill.AccountFinished{Result: backfill.Result{
			Account: gallery, Status: backfill.Partial, Imported: 1, Refused: 2, Reason: "no more", Hint: backfill.Say("try"), Cause: backfill.ServerError,
		}})
		quiet.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.FailedAccount, Reason: "gone"}})
		_ = quiet.Close(Summary{})
		Warn(log, "odd", "")
		Problem{Code: 1, Message: "broken", Hint: "mend it"}.Write(log, true)
		Problem{Code: 1, Message: "broken"}.Write(log, false)
		Remarks{Stderr: log, Clock: o.Clock, Hints: sayHint}.Event(backfill.Waiting{On: "home.example", Until: o.Clock.Now()})

		got := logOf(t, stderr.String())
		want := []map[string]any{
			{"type": "log", "level": "info", "message": "finishing"},
			{"type": "log", "level": "warning", "message": "it is “slow”", "hint": "wait", "account": "gallery@photos.example"},
			{"type": "log", "level": "warning", "message": "late"},
			{"type": "log", "level": "info", "message": "resuming the run of 00:00", "account": "gallery@photos.example"},
			{"type": "log", "level": "info", "message": "gallery@photos.example: 1 of 2 posts", "accounts_done": 0.0, "posts_done": 1.0, "posts_known": 2.0},
			{"type": "error", "level": "error", "code": 3.0, "message": "no", "hint": "", "account": "x@y.example"},
			{"type": "bad_line", "level": "warning", "file": "list.txt", "line": 3.0, "text": "what", "message": "no account", "hint": "name one"},
			{"type": "log", "level": "info", "message": "interrupted; everything done so far is saved; to resume: tootfill again"},
			{"type": "log", "level": "warning", "message": "imported 1, 2 refused: no more", "hint": "try", "account": "gallery@photos.example",
				"status": "partial", "cause": "server_error"},
			{"type": "log", "level": "error", "message": "failed: gone", "account": "gallery@photos.example", "status": "failed"},
			{"type": "log", "level": "warning", "message": "odd"},
			{"type": "error", "level": "error", "code": 1.0, "message": "broken", "hint": "mend it"},
			{"type": "error", "level": "error", "code": 1.0, "message": "broken", "hint": ""},
			{"type": "log", "level": "info", "message": "waiting for home.example until 00:00:00"},
		}
		for i := range max(len(got), len(want)) {
			g, w := "nothing", "nothing"
			if i < len(got) {
				g = jsonLine(got[i])
			}
			if i < len(want) {
				w = jsonLine(want[i])
			}
			if g != w {
				t.Errorf("line %d:\ngot  %swant %s", i+1, g, w)
			}
		}
		if strings.Contains(stdout.String(), "{") {
			t.Errorf("stdout: %s", stdout.String())
		}
	})
}

// What other programs write must not get out of its line.
func TestLogOfHostileText(t *testing.T) {
	o, _, stderr := piped()
	log := NewLog(stderr, o.Clock)
	for _, text := range []string{"a\nb\r\n\n", "\x1b[31mred\x1b[0m", "\xff\u0085", strings.Repeat("x", 100_000) + "\n", "tootfill: \"quoted\"\n", ""} {
		if n, err := log.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	var messages []string
	for _, line := range logOf(t, stderr.String()) {
		messages = append(messages, line["message"].(string))
	}
	if len(messages) != 6 || strings.Join(messages[:3], " ") != "a b red" || len(messages[4]) > maxURI+3 || messages[5] != `"quoted"` {
		t.Errorf("%.300q", messages)
	}
	if strings.ContainsAny(stderr.String(), "\x1b\u0085") {
		t.Error("control characters came through")
	}
}
