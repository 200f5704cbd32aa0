package mastodon

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/loosejson"
	"tootfill/backfill/oauth"
)

// Here a person lets tootfill in. The library's own calls keep no state, know no PKCE
// and cannot revoke.

// appName is what people see on the page that asks them, and in home's list of the
// applications that may act for them.
const appName = "tootfill"

// TakesPKCE reports whether PKCE may be used: home says that it knows S256, or says
// nothing. Mastodon has said so since 4.3. Older versions, GoToSocial and Pleroma
// ignore it (Mastodon config/initializers/doorkeeper.rb, GoToSocial
// internal/api/auth/authorize.go, Pleroma lib/pleroma/web/o_auth).
func (s *Server) TakesPKCE(ctx context.Context) (bool, error) {
	var metadata struct {
		Methods loosejson.Maybe[[]string] `json:"code_challenge_methods_supported"`
	}
	_, err := s.get(ctx, "/.well-known/oauth-authorization-server", nil, &metadata)
	switch {
	case err != nil && ifNotAnswered(err) != nil:
		return false, fmt.Errorf("asking %s how it authorises: %w", s.Host(), err)
	case err != nil:
		return true, nil
	}
	return slices.Contains(metadata.Methods.Value, "S256"), nil
}

// appEntity is an application that home has registered.
type appEntity struct {
	ID     loosejson.Text `json:"client_id"`
	Secret loosejson.Text `json:"client_secret"`
	// Redirects are its redirects, a line each; home need not tell them.
	Redirects loosejson.Text `json:"redirect_uri"`
}

// Register registers tootfill as an application that may be let in with these scopes,
// and no others.
//
// To Pleroma, an application of the same name is the same one, with the redirects of
// whoever was first (app.ex, get_or_make): it would send the browser to a port at which
// nobody listens. Then tootfill goes by another name.
func (s *Server) Register(ctx context.Context, redirect string, scopes []string) (oauth.App, error) {
	app, err := s.registerAs(ctx, appName, redirect, scopes)
	if err == nil && !app.hasRedirect(redirect) {
		app, err = s.registerAs(ctx, appName+" "+rand.Text()[:8], redirect, scopes)
	}
	if err != nil {
		return oauth.App{}, fmt.Errorf("registering an application at %s: %w", s.Host(), asRefusal(err))
	}
	return oauth.App{ID: string(app.ID), Secret: string(app.Secret)}, nil
}

// registerAs registers an application. One redirect is a text in every version and every
// software; lists came with Mastodon 4.3.
func (s *Server) registerAs(ctx context.Context, name, redirect string, scopes []string) (app appEntity, err error) {
	err = s.post(ctx, "/api/v1/apps", url.Values{
		"client_name": {name}, "redirect_uris": {redirect}, "scopes": {strings.Join(scopes, " ")},
	}, &app)
	if err == nil && (app.ID == "" || app.Secret == "") {
		err = &backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "it registered an application without an id and a secret"}
	}
	return app, err
}

// hasRedirect reports whether home may send a browser there, as far as it tells.
func (a appEntity) hasRedirect(redirect string) bool {
	told := strings.Fields(string(a.Redirects))
	return len(told) == 0 || slices.Contains(told, redirect)
}

// AuthorizePage is the address of the page on which a person answers a request.
func (s *Server) AuthorizePage(r oauth.Request) string {
	return s.home.String() + "/oauth/authorize?" + r.PageQuery().Encode()
}

// Exchange turns a code into a token. If home refuses the code, the error is an
// *oauth.RefusedError.
func (s *Server) Exchange(ctx context.Context, r oauth.Request, code string) (oauth.Token, error) {
	var token struct {
		Access loosejson.Text `json:"access_token"`
		Scope  loosejson.Text `json:"scope"`
	}
	err := s.post(ctx, "/oauth/token", r.TokenForm(code), &token)
	if err == nil && token.Access == "" {
		err = &backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "it gave no access token"}
	}
	if err != nil {
		return oauth.Token{}, fmt.Errorf("asking %s for an access token: %w", s.Host(), asRefusal(err))
	}
	return oauth.Token{Access: string(token.Access), Scopes: strings.Fields(string(token.Scope))}, nil
}

// Revoke makes home forget a token that the application was given. It is no error if
// home knows no such token.
func (s *Server) Revoke(ctx context.Context, app oauth.App, token string) error {
	var empty struct{}
	err := s.post(ctx, "/oauth/revoke", url.Values{"client_id": {app.ID}, "client_secret": {app.Secret}, "token": {token}}, &empty)
	if err != nil {
		return fmt.Errorf("revoking the access token at %s: %w", s.Host(), asRefusal(err))
	}
	return nil
}

// asRefusal is the error of an answer in which home itself says no. A page by
// something in front of home is none.
func asRefusal(err error) error {
	var unauthorized *backfill.UnauthorizedError
	var answered *backfill.AnswerError
	switch {
	case errors.As(err, &unauthorized):
		return &oauth.RefusedError{Message: unauthorized.Message}
	case errors.As(err, &answered) && !answered.Foreign && (answered.Status == http.StatusBadRequest || answered.Status == http.StatusForbidden):
		return &oauth.RefusedError{Message: answered.Message}
	}
	return err
}

// post sends a form, and reads the answer into out. An answer that asks for a pause
// is a *backfill.UnavailableError around a *backfill.NotNowError: Mastodon registers
// five applications per address in ten minutes (config/initializers/rack_attack.rb).
func (s *Server) post(ctx context.Context, path string, form url.Values, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.home.String()+path, strings.NewReader(form.Encode()))
	if err != nil {
		return s.explain(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.client.Do(req)
	if err != nil {
		return s.pauseIn(s.explain(err))
	}
	defer resp.Body.Close()
	return s.explain(json.NewDecoder(resp.Body).Decode(out))
}

// pauseIn is the error of an answer that asks for a pause.
func (s *Server) pauseIn(err error) error {
	var r *refusal
	if !errors.As(err, &r) || r.Status != http.StatusTooManyRequests && r.Status != http.StatusServiceUnavailable {
		return err
	}
	return &backfill.UnavailableError{Server: s.Host(), Err: &backfill.NotNowError{Status: r.Status, RetryAt: r.retryAt, Message: r.Message}}
}
