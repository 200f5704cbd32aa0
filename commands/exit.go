package commands

import (
	"context"
	"errors"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/commands/manual"
	"tootfill/commands/settings"
)

// The exit statuses. They are documented in every command's help.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitPartial      = 3
	exitUnauthorized = 4
	// exitLater is EX_TEMPFAIL of sysexits.h, which wrappers around cron know.
	exitLater = 75
	// exitSignal is added to the signal's number, as shells do.
	exitSignal = 128
	sigint     = 2
)

// exitMeanings is what the help says about them.
var exitMeanings = []manual.Status{
	{Code: exitDone, Meaning: "done, or nothing to do"},
	{Code: exitFailed, Meaning: "failed, or nothing done: the answer to a question was no"},
	{Code: exitUsage, Meaning: "the command line or the settings are wrong"},
	{Code: exitPartial, Meaning: "some accounts, posts or lines of a file failed"},
	{Code: exitUnauthorized, Meaning: "not authorised: no access token, a wrong one, or one with too few scopes"},
	{Code: exitLater, Meaning: "deferred by a limit, an outage or --max-time, with something left to do: try again later"},
	{Code: exitSignal + sigint, Meaning: "interrupted (143: terminated); everything done so far is saved"},
}

// meaningOf says what a status means.
func meaningOf(status int) string {
	for _, s := range exitMeanings {
		if s.Code == status {
			return s.Meaning
		}
	}
	return "interrupted"
}

// tally is the part of a run's outcome that decides the exit status.
type tally struct {
	Accounts int // finished, whatever the result
	Failed   int // accounts for which nothing could be done
	Partial  int // accounts with posts that failed or were refused
	Deferred int
	BadLines int // lines of files that name no account
	// ListCut says that a list of accounts was not read to its end.
	ListCut bool
}

// tallyError means that a run completed, but not everything went well. What went
// wrong has already been reported.
type tallyError struct{ tally }

func (*tallyError) Error() string { return "not everything was done" }

// toldError ends the program with a status; everything about it has been told.
type toldError struct{ status int }

func (*toldError) Error() string { return "not everything is as it should be" }

// result is nil if all went well.
func (t tally) result() error {
	if t.status() == exitDone {
		return nil
	}
	return &tallyError{t}
}

func (t tally) status() int {
	wrong := t.Failed + t.BadLines
	switch {
	case wrong > 0 && wrong == t.Accounts+t.BadLines:
		return exitFailed
	case wrong > 0 || t.Partial > 0:
		return exitPartial
	case t.Deferred > 0, t.ListCut:
		return exitLater
	}
	return exitDone
}

// exitStatus is the status with which the program ends after err.
func exitStatus(ctx context.Context, err error) int {
	var unauthorized *backfill.UnauthorizedError
	var token *settings.TokenError
	var notLetIn *notLetInError
	var usage *usageError
	var wrong *settings.Error
	var handle *fediverse.HandleError
	var told *tallyError
	var ended *toldError
	var notNow *backfill.NotNowError
	var outage *backfill.OutageError
	var older *backfill.OlderProcessError
	var inUse *backfill.LedgerInUseError
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		return signalStatus(ctx)
	case errors.As(err, &unauthorized), errors.As(err, &token), errors.As(err, &notLetIn):
		return exitUnauthorized
	case errors.As(err, &usage), errors.As(err, &wrong), errors.As(err, &handle):
		return exitUsage
	case errors.As(err, &notNow), errors.As(err, &outage), errors.As(err, &older), errors.As(err, &inUse):
		return exitLater
	case errors.As(err, &told):
		return told.status()
	case errors.As(err, &ended):
		return ended.status
	}
	return exitFailed
}

func signalStatus(ctx context.Context) int {
	var i *Interrupted
	if errors.As(context.Cause(ctx), &i) {
		return exitSignal + int(i.Signal)
	}
	return exitSignal + sigint
}
