package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// LedgerAccount is what the ledger knows of an account, as `tootfill accounts list`
// shows it.
type LedgerAccount struct {
	Home    string
	Account fediverse.Handle
	// LastRun is when the last run began; zero if there was none. Running says that it
	// has not ended, and that a process works on it.
	LastRun time.Time
	Running bool
	Status  backfill.Status
	Route   backfill.Route
	Reason  string
	// Held, Imported, Refused and Failed count the account's posts.
	Held, Imported, Refused, Failed int
	// NextAllowed is when the limit lets a run begin; zero means now.
	NextAllowed time.Time
	// DeferredUntil is zero if the account is not deferred.
	DeferredUntil  time.Time
	DeferredReason string
}

// LedgerAccountsWriter writes what the ledger knows of accounts, one after the other, to
// standard output.
type LedgerAccountsWriter struct {
	Streams
	JSON bool
	// Homes says that the accounts are those of any home server, so that people have to
	// be told of which.
	Homes bool
	// Now is in the zone of the people who read.
	Now time.Time

	written bool
	// home is the one that was named last.
	home string
}

// Write writes what is known of one account.
func (w *LedgerAccountsWriter) Write(a LedgerAccount) error {
	if err := w.print(w.text(a)); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	w.written = true
	return nil
}

// Written reports whether there was any account.
func (w *LedgerAccountsWriter) Written() bool { return w.written }

func (w *LedgerAccountsWriter) text(a LedgerAccount) string {
	if w.JSON {
		return jsonLine(newLedgerAccountLine(a))
	}
	columns := 0
	if w.StdoutTTY {
		columns = w.StdoutColumns() - 1
	}
	t := newLedgerAccountsText(columns, w.Homes, w.stdoutColour(), w.Now)
	var lines []string
	if !w.written {
		lines = t.head()
	}
	if w.Homes && w.StdoutTTY && a.Home != w.home {
		w.home = a.Home
		lines = append(lines, "on "+a.Home+":")
	}
	lines = append(lines, t.lines(a)...)
	return w.inLocale(strings.Join(lines, "\n") + "\n")
}

// print writes text. Only what a terminal shows is broken into lines.
func (w *LedgerAccountsWriter) print(text string) error {
	if w.JSON {
		_, err := io.WriteString(w.Stdout, text)
		return err
	}
	return WriteText(w.Stdout, text)
}

// ledgerAccountLine is the JSON form of what is known of an account.
type ledgerAccountLine struct {
	Type           string         `json:"type"`
	Account        string         `json:"account"`
	Home           string         `json:"home"`
	LastRun        jsonTime       `json:"last_run"`
	Status         string         `json:"status"`
	Route          backfill.Route `json:"route"`
	Reason         string         `json:"reason"`
	Held           int            `json:"held"`
	Imported       int            `json:"imported"`
	Refused        int            `json:"refused"`
	Failed         int            `json:"failed"`
	NextAllowed    jsonTime       `json:"next_allowed"`
	DeferredUntil  jsonTime       `json:"deferred_until"`
	DeferredReason string         `json:"deferred_reason"`
}

func newLedgerAccountLine(a LedgerAccount) ledgerAccountLine {
	return ledgerAccountLine{
		Type: "ledger_account", Account: jsonText(a.Account.String()), Home: jsonText(a.Home),
		LastRun: jsonTime(a.LastRun), Status: a.status(), Route: a.Route, Reason: jsonText(a.Reason),
		Held: a.Held, Imported: a.Imported, Refused: a.Refused, Failed: a.Failed,
		NextAllowed: jsonTime(a.NextAllowed), DeferredUntil: jsonTime(a.DeferredUntil), DeferredReason: jsonText(a.DeferredReason),
	}
}

// running is the status of a run that has not ended.
const running = "running"

// status is that of the last run; empty if there was none.
func (a LedgerAccount) status() string {
	if a.Running {
		return running
	}
	return string(a.Status)
}
