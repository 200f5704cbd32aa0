package mastodon

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"tootfill/backfill"
	"tootfill/backfill/service"
)

// TokenOwners asks home whose the tokens of others are. Each request carries one of
// them, and counts for that token's limits, not for ours. Several goroutines may use
// it.
type TokenOwners struct {
	home      origin
	userAgent string
	base      http.RoundTripper
	clock     backfill.Clock
}

var _ service.Home = (*TokenOwners)(nil)

// NewTokenOwners makes no request. It ignores the token, the rate and the pauses of the
// options.
func NewTokenOwners(o Options) (*TokenOwners, error) {
	home, err := parseOrigin(o.Server)
	if err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = backfill.SystemClock{}
	}
	return &TokenOwners{home: home, userAgent: o.UserAgent, base: newConnections(home, o), clock: o.Clock}, nil
}

// scopeProofs are the requests that prove the needed scopes of a token whose account's
// id is known. None changes anything, and each costs home next to nothing. That home shows
// scopes (GET /api/v1/apps/verify_credentials) proves nothing: they are those of the
// application, and a token may have fewer.
var scopeProofs = []struct {
	scope string
	path  func(id string) string
}{
	// app/controllers/api/v1/accounts_controller.rb. That the token's account could be
	// told proves nothing: the scope profile is enough for it
	// (app/controllers/api/v1/accounts/credentials_controller.rb).
	{"read:accounts", func(id string) string { return "/api/v1/accounts/" + id }},
	// app/controllers/api/v1/accounts/relationships_controller.rb
	{"read:follows", func(id string) string { return "/api/v1/accounts/relationships?id[]=" + id }},
	// app/controllers/api/v2/search_controller.rb; with a limit of 0 nothing is searched
	// (app/services/search_service.rb)
	{"read:search", func(string) string { return "/api/v2/search?q=tootfill&type=statuses&limit=0" }},
	// app/controllers/api/v1/accounts/statuses_controller.rb
	{"read:statuses", func(id string) string { return "/api/v1/accounts/" + id + "/statuses?limit=1" }},
}

// Owner is the id of the account that a token belongs to, if the token has the scopes
// that are needed. No redirect is followed. Errors are those of service.Home.
func (o *TokenOwners) Owner(ctx context.Context, token string) (string, error) {
	t := &transport{home: o.home, token: token, userAgent: o.userAgent, base: o.base, clock: o.clock}
	id, err := t.ownerOfToken(ctx)
	if err != nil {
		return "", fmt.Errorf("asking %s whose an access token is: %w", o.home.host, err)
	}
	return id, nil
}

// Close ends the connections that are not in use.
func (o *TokenOwners) Close() {
	if t, ok := o.base.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

func (t *transport) ownerOfToken(ctx context.Context) (string, error) {
	var me ownEntity
	if err := t.prove(ctx, "read:accounts", "/api/v1/accounts/verify_credentials", &me); err != nil {
		return "", err
	}
	if me.ID == "" {
		return "", &backfill.AnswerError{Server: t.home.host, Status: http.StatusOK, Message: "the token's account has no id"}
	}
	for _, p := range scopeProofs {
		var ignored json.RawMessage
		if err := t.prove(ctx, p.scope, p.path(url.PathEscape(string(me.ID))), &ignored); err != nil {
			return "", err
		}
	}
	return string(me.ID), nil
}

// prove sends a request that home answers only for tokens with a scope, and reads the
// answer into out.
func (t *transport) prove(ctx context.Context, scope, path string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.home.String()+path, nil)
	if err != nil {
		return err
	}
	a, err := t.send(req)
	if err != nil {
		return t.failed(req, err)
	}
	if err := t.denial(a, scope); err != nil {
		return err
	}
	if err := t.verdict(req, a); err != nil {
		return err
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		return &backfill.AnswerError{Server: t.home.host, Status: a.status, Message: clean("the answer cannot be read: " + err.Error())}
	}
	return nil
}

// denial is what home's API has against the token; nil if that is nothing. A page by
// something in front of home, or by home's own block list, is about us and not about the
// token.
func (t *transport) denial(a *answer, scope string) error {
	if own, _ := a.ownError(); !own {
		return nil
	}
	switch a.status {
	case http.StatusUnauthorized:
		return &service.DeniedError{Status: http.StatusUnauthorized, Message: a.message()}
	case http.StatusUnprocessableEntity: // app/controllers/api/base_controller.rb, require_user!
		return &service.DeniedError{Status: http.StatusUnauthorized, Message: a.message()}
	case http.StatusForbidden:
		if !speaksOfScopes(a.message()) {
			scope = ""
		}
		return &service.DeniedError{Status: http.StatusForbidden, Message: a.message(), Scope: scope}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return &backfill.NotNowError{Status: a.status, RetryAt: retryAt(a.status, a.header, a.at), Message: a.message()}
	}
	return nil
}
