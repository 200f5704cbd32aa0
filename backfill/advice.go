package backfill

import (
	"errors"
	"fmt"
	"net/http"
)

// homeCause says in one word why home did not do what it was asked.
func homeCause(err error) Cause {
	var answer *AnswerError
	switch {
	case errors.Is(err, ErrNoAccount):
		return NoAccount
	case Unwell(err), errors.As(err, &answer):
		return HomeError
	}
	return ""
}

// homeUnwell says that home answers with errors of its own, or not in time.
func homeUnwell(err error) bool {
	var answer *AnswerError
	return Unwell(err) || errors.As(err, &answer) && answer.Status == http.StatusTooManyRequests
}

// reasonOf is the text of an error without what everybody knows already.
func reasonOf(err error) string {
	var unauthorized *UnauthorizedError
	var unavailable *UnavailableError
	switch {
	case errors.Is(err, ErrNoAccount):
		return ErrNoAccount.Error()
	case errors.As(err, &unauthorized):
		return unauthorized.Error()
	case errors.As(err, &unavailable):
		return unavailable.Error()
	}
	return err.Error()
}

// HintOf is the advice that comes with an error of home, or advice about it.
func HintOf(err error) Hint {
	var hinted *Hinted
	switch {
	case errors.As(err, &hinted):
		return hinted.Hint
	case errors.Is(err, ErrNoAccount):
		return Say(noAccountHint)
	case homeUnwell(err):
		return Say("the server is having problems: try again later")
	}
	return Hint{}
}

const (
	// noAccountHint names the reasons why home finds no account: for an account of
	// a server that it has suspended, or not allowed, home gives the same answer as
	// for one that does not exist (Mastodon
	// app/controllers/api/v1/accounts/lookup_controller.rb).
	noAccountHint = "check the spelling; home also says this of accounts on a server that it has suspended and, " +
		"if it federates only with allowed servers, on any other"
	hiddenHint    = "the account or its server hides them from others; they can be read on the profile page"
	suspendedHint = "none of its posts can be read while it is suspended"
)

// originAdvice says in words why an origin cannot be read, and what to do.
func originAdvice(e *OriginError) (reason string, hint Hint) {
	var robots *RobotsError
	switch e.Cause {
	case Robots:
		if errors.As(e, &robots) {
			hint = robots.hint()
		}
		return "the robots.txt of " + e.Host + " keeps tootfill away", hint
	case NeedsSignature:
		return e.Host + " answers only signed requests",
			Hint{Kind: SignRequests}
	case Walled:
		return fmt.Sprintf("%s is blocked by something in front of it (%v)", e.Host, e.Err),
			Say("either a bot check keeps programs out, or its admins have blocked home: ask them; the posts can be read on the profile page")
	case NotFound:
		return e.Host + " does not know the account", Say("it may have been renamed or deleted, or be hidden from other servers")
	case Gone:
		return "the account is gone from " + e.Host, Say("it was deleted there for good")
	case NoOutbox:
		return e.Host + " publishes no list of the posts", Say("they can be read on the profile page")
	case Suspended:
		return e.Host + " has suspended the account", Say(suspendedHint)
	case Moved:
		return "the account has moved", Say("backfill the new account")
	case Hidden, Capped, Empty:
		return e.Host + " does not list the account's posts", Say(hiddenHint)
	case ServerError:
		return fmt.Sprintf("%s has an error of its own (%v)", e.Host, e.Err), Say("try again later")
	case Unreachable:
		return fmt.Sprintf("%s cannot be reached (%v)", e.Host, e.Err), Say("try again later, or check whether the server still exists")
	case Forbidden:
		return e.Error(), Say("tootfill's own rules forbid reading it; the posts can be read on the profile page")
	}
	return e.Error(), Say("the server may be broken, or may not speak ActivityPub; the posts can be read on the profile page")
}

// answerIn is what an error says of a server, without the request.
func answerIn(err error) string {
	var answer *AnswerError
	if errors.As(err, &answer) {
		return answer.Error()
	}
	return reasonOf(err)
}

// hintIn is the advice that comes with an error.
func hintIn(err error) Hint {
	var hinted *Hinted
	if errors.As(err, &hinted) {
		return hinted.Hint
	}
	return Hint{}
}
