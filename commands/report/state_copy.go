package report

import (
	"fmt"
	"io"
	"time"
)

// StateCopy is a copy of a ledger that has been made.
type StateCopy struct {
	// From and To are the places, without passwords.
	From, To              string
	Accounts, Runs, Posts int64
	// Tables and Rows count what was compared.
	Tables int
	Rows   int64
	// Resumed says that an earlier command had begun it.
	Resumed bool
	Took    time.Duration
}

// stateCopyLine is the JSON form of a copy.
type stateCopyLine struct {
	Type     string  `json:"type"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	Accounts int64   `json:"accounts"`
	Runs     int64   `json:"runs"`
	Posts    int64   `json:"posts"`
	Tables   int     `json:"tables"`
	Rows     int64   `json:"rows"`
	Resumed  bool    `json:"resumed"`
	Seconds  float64 `json:"seconds"`
}

// WriteStateCopy says on standard output what was copied, and how to use it.
func (s Streams) WriteStateCopy(c StateCopy, asJSON bool) error {
	text := jsonLine(stateCopyLine{
		Type: "state_copy", From: jsonText(c.From), To: jsonText(c.To), Accounts: c.Accounts, Runs: c.Runs, Posts: c.Posts,
		Tables: c.Tables, Rows: c.Rows, Resumed: c.Resumed, Seconds: secondsOf(c.Took),
	})
	if !asJSON {
		text = wrap(s.inLocale(fmt.Sprintf("Copied %s, %s and %s from %s to %s\n"+
			"All %s of %s are the same in both\n"+
			"%s stays as it is: to use the copy, set state = %q in the config file, or TOOTFILL_STATE\n",
			Plural(int(c.Accounts), "account", "accounts"), Plural(int(c.Runs), "run", "runs"), Plural(int(c.Posts), "post", "posts"), c.From, c.To,
			Plural(int(c.Rows), "row", "rows"), Plural(c.Tables, "table", "tables"),
			c.From, c.To)), terminalWidth(s.Stdout))
	}
	if _, err := io.WriteString(s.Stdout, text); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}
