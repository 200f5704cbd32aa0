package commands

import (
	"errors"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

// accountFailure is an error about one account of several.
type accountFailure struct {
	account string
	err     error
}

func (f accountFailure) Error() string { return f.err.Error() }

func (f accountFailure) Unwrap() error { return f.err }

// accountOf is the account that an error is about, as the user named it; empty if it
// is about none.
func accountOf(err error) string {
	var failure accountFailure
	var handle *fediverse.HandleError
	switch {
	case errors.As(err, &failure):
		return failure.account
	case errors.As(err, &handle):
		return handle.Input
	}
	return ""
}

// problemOf makes a problem of an error with which the program ends, or would end,
// with an exit status.
func (env Env) problemOf(err error, status int) report.Problem {
	message, hint := env.explain(err)
	return report.Problem{Code: status, Message: message, Hint: hint, Account: accountOf(err)}
}

// tell reports an error on standard error, unless it is nil or has been reported already.
func (env Env) tell(asJSON bool, status int, err error) {
	var told *tallyError
	var ended *toldError
	if err != nil && !errors.As(err, &told) && !errors.As(err, &ended) && !errors.Is(err, errDeclined) {
		env.streams(false).WriteProblem(env.problemOf(err, status), asJSON)
	}
}

// errorWidth bounds how much of an error is shown, in columns: some quote other
// servers.
const errorWidth = 500

// wordWidth bounds how much of a word of the command line is shown, in columns.
const wordWidth = 60

// explain returns an error's message and what to do about it.
func explain(err error) (message, hint string) {
	message = err.Error()
	var found *advised
	if errors.As(err, &found) {
		message, _ = explain(found.err)
		return message, cleantext.Line(found.hint, errorWidth)
	}
	var usage *usageError
	var wrong *settings.Error
	var hinted *backfill.Hinted
	var token *settings.TokenError
	var handle *fediverse.HandleError
	var unauthorized *backfill.UnauthorizedError
	var unavailable *backfill.UnavailableError
	var notNow *backfill.NotNowError
	var outage *backfill.OutageError
	switch {
	case errors.As(err, &usage):
		hint = usage.Hint
	case errors.As(err, &wrong) && wrong.Hint != backfill.Hint{}:
		hint = hintText(wrong.Hint)
	case errors.As(err, &hinted):
		hint = hintText(hinted.Hint)
	case errors.As(err, &token) && token.None:
		hint = tokenHint(token.Server, "", "")
	case errors.As(err, &token):
		hint = hintText(token.Hint)
	case errors.As(err, &handle):
		hint = handle.Hint
	case errors.As(err, &unauthorized):
		message = unauthorized.Error()
		hint = tokenHint(unauthorized.Server, "", unauthorized.Scope)
	case errors.As(err, &outage):
		hint = "try again later; what was done so far is saved"
	case errors.As(err, &unavailable) && errors.As(err, &notNow):
		message = unavailable.Error()
		hint = "try again later; what was done so far is saved"
	case errors.As(err, &unavailable):
		message = unavailable.Error()
		hint = "check the server's name, and whether it is up"
	}
	return cleantext.Line(message, errorWidth), cleantext.Line(hint, errorWidth)
}
