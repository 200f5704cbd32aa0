package service

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

// find finds the account that is asked for. An account that is not backfilled for who
// asks is a *backfill.LeftAloneError.
func (e *Endpoint) find(ctx context.Context, id, asker string) (fediverse.Account, error) {
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 {
		return fediverse.Account{}, leftAlone(backfill.NoAccount)
	}
	a, err := e.Accounts.AccountWithID(ctx, id)
	switch {
	case errors.Is(err, backfill.ErrNoAccount):
		return a, leftAlone(backfill.NoAccount)
	case errors.Is(err, home.ErrUnreadableAccount):
		return a, leftAlone(backfill.Malformed)
	case err != nil:
		return a, err
	case a.Local:
		return a, leftAlone(backfill.Local)
	}
	standing, err := e.Accounts.StandingOf(ctx, a, asker)
	if err != nil {
		return a, err
	}
	if cause := against(a, standing); cause != "" {
		return a, leftAlone(cause)
	}
	return a, nil
}

// against is what speaks against backfilling a; "" if nothing does. What home has
// decided comes first, because home ends the follows of what it suspends.
func against(a fediverse.Account, s backfill.Standing) backfill.Cause {
	switch {
	case s.Refusal != "" || a.SuspendedByHome:
		return cmp.Or(s.Cause, backfill.SuspendedByHome)
	case s.Blocking || s.BlockedBy || s.DomainBlocking:
		return backfill.Blocked
	case !s.Following && s.Requested:
		return backfill.FollowRequested
	case !s.Following:
		return backfill.NotFollowed
	case fediverse.OptOut(a.Note) != "":
		return backfill.OptedOut
	}
	return ""
}

func leftAlone(cause backfill.Cause) *backfill.LeftAloneError {
	return &backfill.LeftAloneError{Cause: cause, Message: causeTexts[cause]}
}

// causeTexts say what the causes mean, to whoever asks for a backfill.
var causeTexts = map[backfill.Cause]string{
	backfill.NoAccount:         "The account does not exist",
	backfill.Malformed:         "The name of the account cannot be read",
	backfill.Local:             "The account lives on this server, which has all of its posts",
	backfill.SuspendedByHome:   "This server has suspended the account or its server",
	backfill.LimitedFederation: "This server does not federate with the account's server",
	backfill.Blocked:           "You or the account block the other",
	backfill.FollowRequested:   "The account has not accepted your follow request yet",
	backfill.NotFollowed:       "You do not follow the account",
	backfill.OptedOut:          "The account has asked not to be backfilled",
}
