package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
)

// OutOfBand is the redirect of an application without a browser: the server shows a
// code, which a person copies.
const OutOfBand = "urn:ietf:wg:oauth:2.0:oob"

// App is an application that a server has registered.
type App struct{ ID, Secret string }

// Token is an access token, with the scopes that the server says it has; nil if the
// server does not say.
type Token struct {
	Access string
	Scopes []string
}

// Request is one request for an authorization.
type Request struct {
	App      App
	Redirect string
	Scopes   []string
	// State comes back with the answer, and shows that it belongs to this request.
	State string
	// Verifier proves that whoever has the code has made the request; empty without
	// PKCE.
	Verifier string
}

// NewRequest is a request with a new state and, with PKCE, a new verifier.
func NewRequest(app App, redirect string, scopes []string, pkce bool) Request {
	r := Request{App: app, Redirect: redirect, Scopes: scopes, State: NewState()}
	if pkce {
		r.Verifier = rand.Text() + rand.Text() // 52 of the characters that RFC 7636 allows, of 43 to 128
	}
	return r
}

// NewState is a state that nobody can guess.
func NewState() string { return rand.Text() }

// PageQuery is the query of the page on which a person answers the request.
func (r Request) PageQuery() url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {r.App.ID}, "redirect_uri": {r.Redirect},
		"scope": {strings.Join(r.Scopes, " ")}, "state": {r.State},
	}
	if r.Verifier != "" {
		q.Set("code_challenge", challenge(r.Verifier))
		q.Set("code_challenge_method", "S256")
	}
	return q
}

// TokenForm is the form that turns the code of an answer into a token.
func (r Request) TokenForm(code string) url.Values {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {r.Redirect},
		"client_id": {r.App.ID}, "client_secret": {r.App.Secret},
	}
	if r.Verifier != "" {
		form.Set("code_verifier", r.Verifier)
	}
	return form
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
