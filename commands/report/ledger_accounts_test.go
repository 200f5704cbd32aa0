package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

var listNow = time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC)

// listedAccounts are accounts of all kinds.
func listedAccounts() []LedgerAccount {
	handle := func(user string) fediverse.Handle { return fediverse.Handle{User: user, Domain: "photos.example"} }
	return []LedgerAccount{
		{
			Home: "home.example", Account: handle("alice"), LastRun: listNow.Add(-time.Hour), Status: backfill.Done, Route: backfill.RouteResolve,
			Held: 30, Imported: 120,
		},
		{
			Home: "home.example", Account: handle("a-name-of-thirty-characters-or"), LastRun: listNow.AddDate(0, 0, -1), Status: backfill.Partial,
			Reason: "1 post failed", Held: 3, Imported: 123456, Refused: 2, Failed: 1,
			NextAllowed: listNow.Add(time.Minute), DeferredUntil: listNow.Add(90 * time.Minute), DeferredReason: "星空 is \x1b[31mbusy",
		},
		{Home: "other.example", Account: handle("ben"), DeferredUntil: listNow.Add(-time.Second), DeferredReason: "too soon"},
		{Home: "other.example", Account: handle("cleo"), LastRun: listNow.Add(-time.Minute), Status: backfill.Interrupted, Running: true},
		{Home: "other.example", Account: handle("dan"), LastRun: listNow.Add(-time.Minute), Status: backfill.FailedAccount, Reason: "no such account", NextAllowed: listNow.Add(59*time.Minute + time.Second)},
	}
}

// listed is what a terminal of a width shows, or a pipe if it is 0.
func listed(columns int, homes, coloured bool) []string {
	t := newLedgerAccountsText(max(0, columns-1), homes && columns == 0, coloured, listNow)
	lines := t.head()
	for _, a := range listedAccounts() {
		lines = append(lines, t.lines(a)...)
	}
	return strings.Split(wrap(strings.Join(lines, "\n"), columns-1), "\n")
}

func TestLedgerAccountsText(t *testing.T) {
	wantLines(t, listed(40, false, false), `
alice@photos.example
  11:30 done: 120 imported, 30 held,
    0 refused, 0 failed
a-name-of-thirty-characters-or@photos.example
  2026-04-30 partial: 123456 imported,
    3 held, 2 refused, 1 failed
  1 post failed
  deferred until 14:00: 星空 is busy
ben@photos.example
  never backfilled
  deferred, and due now: too soon
cleo@photos.example
  12:29 running: 0 imported, 0 held,
    0 refused, 0 failed
dan@photos.example
  12:29 failed: 0 imported, 0 held,
    0 refused, 0 failed
  no such account
  allowed from 13:30`)
	wantLines(t, listed(80, false, false), `
account                   last run    result      imported  held refused failed
alice@photos.example      11:30       done             120    30       0      0
a-name-of-thirty-characters-or@photos.example
                          2026-04-30  partial       123456     3       2      1
  1 post failed; deferred until 14:00: 星空 is busy
ben@photos.example        never       -                  0     0       0      0
  deferred, and due now: too soon
cleo@photos.example       12:29       running            0     0       0      0
dan@photos.example        12:29       failed             0     0       0      0
  no such account; allowed from 13:30`)
	wantLines(t, listed(0, true, false), `
account                                   home                  last run          result      imported  held refused failed  next
alice@photos.example                      home.example          2026-05-01T11:30  done             120    30       0      0
a-name-of-thirty-characters-or@photos.example  home.example          2026-04-30T12:30  partial       123456     3       2      1  1 post failed; deferred until 2026-05-01T14:00: 星空 is busy
ben@photos.example                        other.example         never             -                  0     0       0      0  deferred, and due now: too soon
cleo@photos.example                       other.example         2026-05-01T12:29  running            0     0       0      0
dan@photos.example                        other.example         2026-05-01T12:29  failed             0     0       0      0  no such account; allowed from 2026-05-01T13:30`)
}

// At any width each line fits, no word is lost, and colours change nothing but colours.
func TestLedgerAccountsFitEveryWidth(t *testing.T) {
	for columns := 21; columns <= 200; columns++ {
		plain := listed(columns, false, false)
		for _, line := range plain {
			if columnsOf(line) >= columns && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("at %d columns: %q takes %d", columns, line, columnsOf(line))
			}
		}
		text := " " + strings.Join(strings.Fields(strings.Join(plain, " ")), " ") + " "
		for _, words := range []string{"a-name-of-thirty-characters-or@photos.example", "123456", "deferred until 14:00: 星空 is busy", "no such account"} {
			if !strings.Contains(text, " "+words) {
				t.Errorf("at %d columns there is no %q in %q", columns, words, text)
			}
		}
		bare := strings.NewReplacer(green, "", yellow, "", red, "", reset, "").Replace(strings.Join(listed(columns, false, true), "\n"))
		if want := strings.Join(plain, "\n"); bare != want {
			t.Fatalf("at %d columns, in colour:\n%s\nwant\n%s", columns, bare, want)
		}
	}
}

func TestLedgerAccountsJSON(t *testing.T) {
	var out bytes.Buffer
	w := LedgerAccountsWriter{Streams: Streams{Stdout: &out}, JSON: true, Now: listNow}
	for _, a := range listedAccounts()[1:4] {
		if err := w.Write(a); err != nil {
			t.Fatal(err)
		}
	}
	wantLines(t, strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), `
{"type":"ledger_account","account":"a-name-of-thirty-characters-or@photos.example","home":"home.example","last_run":"2026-04-30T12:30:00Z","status":"partial","route":"","reason":"1 post failed","held":3,"imported":123456,"refused":2,"failed":1,"next_allowed":"2026-05-01T12:31:00Z","deferred_until":"2026-05-01T14:00:00Z","deferred_reason":"星空 is \u001b[31mbusy"}
{"type":"ledger_account","account":"ben@photos.example","home":"other.example","last_run":null,"status":"","route":"","reason":"","held":0,"imported":0,"refused":0,"failed":0,"next_allowed":null,"deferred_until":"2026-05-01T12:29:59Z","deferred_reason":"too soon"}
{"type":"ledger_account","account":"cleo@photos.example","home":"other.example","last_run":"2026-05-01T12:29:00Z","status":"running","route":"","reason":"","held":0,"imported":0,"refused":0,"failed":0,"next_allowed":null,"deferred_until":null,"deferred_reason":""}`)
}

// On a terminal each home server is named once, where more than one may be meant.
func TestLedgerAccountsOfAllHomes(t *testing.T) {
	var out bytes.Buffer
	w := LedgerAccountsWriter{Streams: Streams{Stdout: &out, StdoutTTY: true}, Homes: true, Now: listNow}
	for _, a := range listedAccounts() {
		if err := w.Write(a); err != nil {
			t.Fatal(err)
		}
	}
	for _, home := range []string{"home.example", "other.example"} {
		if n := strings.Count(out.String(), "\non "+home+":\n"); n != 1 {
			t.Errorf("%s is named %d times in\n%s", home, n, out.String())
		}
	}
	for _, r := range out.String() {
		if r != '\n' && (r < ' ' || r > '~') {
			t.Fatalf("%q", out.String())
		}
	}
}
