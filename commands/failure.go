package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// How errors are told: on standard error, as "tootfill: error: ..." and
// "tootfill: hint: ...", beginning in lower case and without a full stop. With
// --json it is one line of JSON instead.

// errorLine is the JSON form of an error that ended the program, or the work on
// one account, which it names then. Code is the exit status.
type errorLine struct {
	Type    string `json:"type"`
	Code    int    `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Account string `json:"account,omitempty"`
}

// badLineLine is the JSON form of a line of a file that names no account.
type badLineLine struct {
	Type    string `json:"type"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Text    string `json:"text"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// accountFailure is an error about one account of several.
type accountFailure struct {
	account string
	err     error
}

func (f accountFailure) Error() string { return f.err.Error() }

func (f accountFailure) Unwrap() error { return f.err }

// accountOf is the account that an error is about, as it was named; empty if it
// is about none.
func accountOf(err error) string {
	var failure accountFailure
	var handle *fediverse.HandleError
	switch {
	case errors.As(err, &failure):
		return jsonText(cleantext.Line(failure.account, maxURI))
	case errors.As(err, &handle):
		return jsonText(cleantext.Line(handle.Input, maxURI))
	}
	return ""
}

// tell tells of an error, unless that has been done or there is none.
func tell(w io.Writer, asJSON bool, status int, err error) {
	var told *tallyError
	if err == nil || errors.As(err, &told) {
		return
	}
	message, hint := explain(err)
	if asJSON {
		// Nothing can be done about a closed stderr; the status still tells.
		_, _ = io.WriteString(w, jsonLine(errorLine{Type: "error", Code: status, Message: message, Hint: hint, Account: accountOf(err)}))
		return
	}
	fmt.Fprintf(w, "tootfill: error: %s\n", message)
	if hint != "" {
		fmt.Fprintf(w, "tootfill: hint: %s\n", hint)
	}
}

// jsonLine is a value of ours as a line of JSON.
func jsonLine(value any) string {
	var b strings.Builder
	line := json.NewEncoder(&b)
	line.SetEscapeHTML(false)
	// Texts and numbers can be encoded, and a builder takes everything.
	_ = line.Encode(value)
	return b.String()
}

// warn tells of something that does not stop the program.
func warn(w io.Writer, text, hint string) {
	fmt.Fprintf(w, "tootfill: warning: %s\n", cleantext.Line(text, errorWidth))
	if hint != "" {
		fmt.Fprintf(w, "tootfill: hint: %s\n", cleantext.Line(hint, errorWidth))
	}
}

// errorWidth is how much of an error is shown, in columns: some carry words of
// other servers.
const errorWidth = 500

// explain gives an error's message and what to do about it.
func explain(err error) (message, hint string) {
	message = err.Error()
	var found *advised
	if errors.As(err, &found) {
		message, _ = explain(found.err)
		return message, cleantext.Line(found.hint, errorWidth)
	}
	var usage *usageError
	var hinted *backfill.Hinted
	var token *tokenError
	var handle *fediverse.HandleError
	var unauthorized *backfill.UnauthorizedError
	var unavailable *backfill.UnavailableError
	var notNow *backfill.NotNowError
	var outage *backfill.OutageError
	switch {
	case errors.As(err, &usage):
		hint = usage.Hint
	case errors.As(err, &hinted):
		hint = hintText(hinted.Hint)
	case errors.As(err, &token):
		hint = token.hint
	case errors.As(err, &handle):
		hint = handle.Hint
	case errors.As(err, &unauthorized):
		message = unauthorized.Error()
		hint = tokenHint(unauthorized.Server)
	case errors.As(err, &outage):
		hint = "try again later; what was done so far is saved"
	case errors.As(err, &unavailable) && errors.As(err, &notNow):
		message = unavailable.Error()
		hint = "try again later; what was done so far is saved"
	case errors.As(err, &unavailable):
		message = unavailable.Error()
		hint = "check the name of the server, and whether it is up; what was done so far is saved"
	}
	return cleantext.Line(message, errorWidth), cleantext.Line(hint, errorWidth)
}
