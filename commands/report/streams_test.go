package report

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

func TestNoColour(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"not wanted": func(o *Options) { o.Colour = false },
		"dumb":       func(o *Options) { o.Dumb = true },
		"pipe":       func(o *Options) { o.StdoutTTY, o.StderrTTY = false, false },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, s := onScreen(200)
				change(&o)
				r := Begin(o)
				threeAccounts(r)
				_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
				if len(s.colours) > 0 {
					t.Errorf("colours %v", s.colours)
				}
			})
		})
	}
}

func TestDumbTerminalGetsPlainLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _, stderr := piped()
		o.StderrTTY, o.StdoutTTY, o.Dumb = true, true, true
		r := Begin(o)
		r.Event(backfill.AccountStarted{Account: gallery})
		time.Sleep(31 * time.Second)
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
		expect(t, "stderr", stderr.String(), "gallery@photos.example: reading\n")
	})
}

func TestASCIILocale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		o.UTF8 = false
		r := Begin(o)
		r.Event(backfill.PageListed{Account: gallery, Eligible: 2})
		settle(r, gallery, 1, backfill.Imported, "")
		r.Event(backfill.Warned{Text: "Zoë is odd"})
		time.Sleep(200 * time.Millisecond)
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.Skipped, Reason: "für 日本"}})
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
		for _, c := range s.text() {
			if c > 0x7f {
				t.Fatalf("%q is not ASCII", s.text())
			}
		}
		if !strings.Contains(s.text(), "skipped: f?r ??") {
			t.Errorf("screen: %s", s.text())
		}
	})
}

func TestHostileTextOnATerminal(t *testing.T) {
	const evil = "x\x1b[2J\x1b]0;t\a\r\n\u202e\u009b31m\xff"
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(2000)
		o.Verbose = true
		r := Begin(o)
		h := fediverse.Handle{User: evil, Domain: evil}
		r.Event(backfill.AccountStarted{Account: h})
		time.Sleep(time.Second)
		r.Event(backfill.AccountResumed{Account: h})
		r.Event(backfill.PostSettled{Account: h, URI: evil, Outcome: backfill.Failed, Reason: evil})
		r.Event(backfill.PostSkipped{Account: h, URI: evil, Reason: evil})
		time.Sleep(time.Second)
		r.Event(backfill.Warned{Account: h, Text: evil, Hint: backfill.Say(evil)})
		r.Event(backfill.Waiting{Account: h, On: evil, Until: r.Clock.Now().Add(time.Minute), Reason: evil})
		time.Sleep(time.Second)
		r.Notice(r.progressLine())
		r.Event(backfill.AccountFinished{Result: backfill.Result{
			Account: h, Status: backfill.FailedAccount, Reason: evil, Hint: backfill.Say(evil), ProfileURL: evil, RetryAt: r.Clock.Now(),
		}})
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due", Interrupted: true, ResumeCommand: evil})
		if s.strange != "" || strings.Contains(s.text(), "\u202e") {
			t.Errorf("strange: %s\n%s", s.strange, s.text())
		}
		// Every line is one of ours: the texts have not added any.
		if got := strings.Count(s.text(), "\n"); got != 13 {
			t.Errorf("%d lines:\n%s", got, s.text())
		}
	})
}
