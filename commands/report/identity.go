package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// Identity is whose an access token is, and what it may do, as `tootfill whoami` shows
// it.
type Identity struct {
	// Profile is empty for the top of the config file.
	Profile  string
	Server   string
	Software fediverse.Software
	// Account is empty if home did not say it in a way that can be read.
	Account string
	// Scopes are nil if home does not show them; Missing is the first needed one that
	// is not among them.
	Scopes  []string
	Missing string
	// Limit and Remaining are the requests of the window that ends at Reset; a zero
	// Reset means that home has announced no limit.
	Limit, Remaining int
	Reset            time.Time
}

// tokenLine is what the JSON forms have in common.
type tokenLine struct {
	Profile         string   `json:"profile"`
	Server          string   `json:"server"`
	Software        string   `json:"software"`
	SoftwareVersion string   `json:"software_version"`
	Account         string   `json:"account"`
	Scopes          []string `json:"scopes"`
	MissingScope    string   `json:"missing_scope"`
}

func (i Identity) tokenLine() tokenLine {
	return tokenLine{
		Profile: i.Profile, Server: jsonText(i.Server), Software: jsonText(i.Software.Name), SoftwareVersion: jsonText(i.Software.Version),
		Account: jsonText(i.Account), Scopes: i.Scopes, MissingScope: i.Missing,
	}
}

// identityLine is the JSON form.
type identityLine struct {
	Type string `json:"type"`
	tokenLine
	Limit     *int       `json:"limit"`
	Remaining *int       `json:"remaining"`
	Reset     *time.Time `json:"reset"`
}

func (i Identity) line() identityLine {
	l := identityLine{Type: "whoami", tokenLine: i.tokenLine()}
	if !i.Reset.IsZero() {
		reset := i.Reset.UTC().Truncate(time.Second)
		l.Limit, l.Remaining, l.Reset = &i.Limit, &i.Remaining, &reset
	}
	return l
}

// Write writes the identity, for people or as a line of JSON.
func (i Identity) Write(w io.Writer, asJSON bool, now time.Time) error {
	if asJSON {
		return writeOut(w, jsonLine(i.line()))
	}
	return i.writeText(w, cmp.Or(i.Account, "an account at "+i.Server), now)
}

// Login is a login that was kept.
type Login struct {
	Identity
	Config, TokenFile string
}

// loginLine is the JSON form.
type loginLine struct {
	Type string `json:"type"`
	tokenLine
	Config    string `json:"config"`
	TokenFile string `json:"token_file"`
}

func (l Login) line() loginLine {
	return loginLine{Type: "login", tokenLine: l.tokenLine(), Config: jsonText(l.Config), TokenFile: jsonText(l.TokenFile)}
}

// Write writes what was kept, for people or as a line of JSON.
func (l Login) Write(w io.Writer, asJSON bool) error {
	if asJSON {
		return writeOut(w, jsonLine(l.line()))
	}
	columns := terminalWidth(w)
	title := fmt.Sprintf("logged in to %s as %s\n", l.Server, cmp.Or(l.Account, "an account that it does not name"))
	return writeOut(w, wrap(title, columns)+labelled([][2]string{
		{"settings", cleantext.Line(l.Config, 0)},
		{"access token", cleantext.Line(l.TokenFile, 0)},
	}, "  ", columns))
}

func (i Identity) writeText(w io.Writer, title string, now time.Time) error {
	columns := terminalWidth(w)
	return writeOut(w, wrap(title, columns)+"\n"+labelled(i.rows(now), "  ", columns))
}

// rows are the labels with their texts.
func (i Identity) rows(now time.Time) [][2]string {
	rows := [][2]string{{"server", i.Server + ", " + i.Software.String()}}
	if i.Profile != "" {
		rows = append(rows, [2]string{"profile", i.Profile})
	}
	scopes := "not shown by the server"
	if i.Scopes != nil {
		scopes = strings.Join(i.Scopes, " ")
	}
	if i.Missing != "" {
		scopes += "; lacks " + i.Missing
	}
	requests := "the server announces no limit"
	if !i.Reset.IsZero() {
		requests = fmt.Sprintf("%d of %d left until %s", i.Remaining, i.Limit, minuteTime(i.Reset, now))
	}
	return append(rows, [2]string{"scopes", scopes}, [2]string{"requests", requests})
}

func writeOut(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}
