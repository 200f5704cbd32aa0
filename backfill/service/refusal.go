package service

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tootfill/backfill"
)

// When to try again, where nobody says.
const (
	awayFor = 30 * time.Second
	fullFor = 5 * time.Minute
)

// What Mastodon says (config/locales/en.yml; app/controllers/api/base_controller.rb;
// app/controllers/concerns/api/error_handling.rb; Doorkeeper's locale).
const (
	invalidToken = "The access token is invalid"
	scopeMissing = "This action is outside the authorized scopes"
	tooMany      = "Too many requests"
	passing      = "There was a temporary problem serving your request, please try again"
)

// DeniedError: home does not accept a token, or not for this.
type DeniedError struct {
	// Status is 401 if nobody is known by the token, otherwise 403.
	Status int
	// Message is what home says; empty if it was not asked.
	Message string
	// Scope is the scope that the token lacks, such as read:follows; empty if that is
	// not the reason.
	Scope string
}

func (e *DeniedError) Error() string { return e.message() }

func (e *DeniedError) message() string {
	switch {
	case e.Message != "":
		return e.Message
	case e.Status == http.StatusUnauthorized:
		return invalidToken
	}
	return scopeMissing
}

// challenge is what Doorkeeper says in WWW-Authenticate; "" if the token is not the
// reason.
func (e *DeniedError) challenge() string {
	switch {
	case e.Status == http.StatusUnauthorized:
		return fmt.Sprintf(`Bearer realm="Doorkeeper", error="invalid_token", error_description=%q`, e.message())
	case e.Scope != "":
		return fmt.Sprintf(`Bearer realm="Doorkeeper", error="insufficient_scope", `+
			`error_description="Access to this resource requires scope _read %s_."`, e.Scope)
	}
	return ""
}

// SlowDownError: too many wrong tokens have come from one address.
type SlowDownError struct{ RetryAt time.Time }

func (e *SlowDownError) Error() string {
	return "too many wrong tokens; ask again at " + e.RetryAt.Format(time.RFC3339)
}

// refusal is the answer to a request that has met an error. Whatever is not known to
// be about the request is an outage (503) to the client, which does well to try again.
func (e *Endpoint) refusal(h http.Header, err error) (status int, body errorEntity) {
	var denied *DeniedError
	var left *backfill.LeftAloneError
	if errors.As(err, &denied) {
		if challenge := denied.challenge(); challenge != "" {
			h.Set("WWW-Authenticate", challenge)
		}
		return denied.Status, errorEntity{Error: denied.message()}
	}
	if errors.As(err, &left) {
		return http.StatusUnprocessableEntity, errorEntity{Error: left.Message, Cause: left.Cause}
	}
	now := e.Clock.Now()
	status, text, at := notNow(err, now)
	h.Set("Retry-After", strconv.Itoa(retryAfter(at, now)))
	return status, errorEntity{Error: text}
}

// notNow is the answer where the same request may succeed later, and when.
func notNow(err error, now time.Time) (status int, text string, at time.Time) {
	var soon *TooSoonError
	var many *TooManyError
	var slow *SlowDownError
	var full *FullError
	var asked *backfill.NotNowError
	var outage *backfill.OutageError
	switch {
	case errors.As(err, &soon):
		return http.StatusTooManyRequests, "The account was backfilled within the last hour", soon.NextAllowed
	case errors.As(err, &many):
		return http.StatusTooManyRequests, tooMany, many.RetryAt
	case errors.As(err, &slow):
		return http.StatusTooManyRequests, tooMany, slow.RetryAt
	case errors.As(err, &full):
		return http.StatusServiceUnavailable, "Too many accounts are waiting, please try again later", now.Add(fullFor)
	case errors.As(err, &asked) && asked.Status == http.StatusTooManyRequests:
		return http.StatusTooManyRequests, tooMany, orAt(asked.RetryAt, now.Add(awayFor))
	case errors.As(err, &asked):
		at = asked.RetryAt
	case errors.As(err, &outage):
		at = outage.RetryAt
	}
	return http.StatusServiceUnavailable, passing, orAt(at, now.Add(awayFor))
}

// orAt is the first of two times that is known.
func orAt(a, b time.Time) time.Time { return cmp.Or(a, b) }
