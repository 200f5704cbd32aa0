package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// DemoScopes are the scopes of [Token].
const DemoScopes = "read:accounts read:follows read:lists read:search read:statuses"

// token is an access token.
type token struct {
	id      string
	user    bool // belongs to you; otherwise to an application alone
	scopes  []string
	revoked bool
	app     *app
	created time.Time
}

func demoApp() *app {
	return &app{id: "1", name: "tootfill", clientID: "sandbox", redirects: []string{oobRedirect}, scopes: strings.Fields(DemoScopes)}
}

// tokenOf returns the token of a request, or nil if it has none that home knows.
func (h *Home) tokenOf(r *http.Request) *token {
	name, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok && r.URL != nil {
		name = r.URL.Query().Get("access_token")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.tokens[strings.TrimSpace(name)]
	if t == nil {
		return nil
	}
	known := *t
	return &known
}

func (h *Home) callerOf(r *http.Request) caller {
	t := h.tokenOf(r)
	switch {
	case t == nil:
		return caller{}
	case t.user:
		return caller{token: t.id, user: "you"}
	default:
		return caller{token: t.id}
	}
}

// authorize is doorkeeper_authorize!: a good token with one of the scopes, or any
// if none is named. If it returns nil, it has already answered.
func (h *Home) authorize(w http.ResponseWriter, r *http.Request, scopes ...string) *token {
	t := h.tokenOf(r)
	if _, _, s := h.settings(); s.isPleroma() || s.isGoToSocial() {
		return authorizeElsewhere(w, t, s, scopes)
	}
	switch {
	case t == nil:
		unauthorized(w, "The access token is invalid")
		return nil
	case t.revoked:
		unauthorized(w, "The access token was revoked")
		return nil
	case len(scopes) > 0 && !slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(t.scopes, s) }):
		if _, _, s := h.settings(); s.atLeast(4, 4) { // Doorkeeper in 4.3 does not say so
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="Doorkeeper", error="insufficient_scope", `+
				`error_description="Access to this resource requires scope _%s_."`, strings.Join(scopes, " ")))
		}
		apiError(w, http.StatusForbidden, "This action is outside the authorized scopes")
		return nil
	}
	return t
}

// authorizeElsewhere is authorize in other software: OAuthScopesPlug and
// EnsureAuthenticatedPlug of Pleroma, TokenAuth (internal/api/util/auth.go) of
// GoToSocial.
func authorizeElsewhere(w http.ResponseWriter, t *token, s software, scopes []string) *token {
	good := t != nil && !t.revoked
	allowed := good && (len(scopes) == 0 || slices.ContainsFunc(scopes, func(wanted string) bool { return scopeIn(wanted, t.scopes) }))
	switch {
	case allowed:
		return t
	case good && s.isPleroma():
		apiError(w, http.StatusForbidden, "Insufficient permissions: "+scopes[len(scopes)-1]+".")
	case s.isPleroma():
		apiError(w, http.StatusForbidden, "Invalid credentials.")
	case good:
		apiError(w, http.StatusForbidden, "Forbidden: token has insufficient scope permission")
	default:
		apiError(w, http.StatusUnauthorized, "Unauthorized: token not supplied")
	}
	return nil
}

// authorizeIfGot is authorize_if_got_token!: a request without a token passes like
// one with a good token, and home treats an unknown token as none.
func (h *Home) authorizeIfGot(w http.ResponseWriter, r *http.Request, scopes ...string) (*token, bool) {
	if h.tokenOf(r) == nil {
		return nil, true
	}
	t := h.authorize(w, r, scopes...)
	return t, t != nil
}

// authorizeUser is doorkeeper_authorize! and require_user! (api/base_controller.rb).
func (h *Home) authorizeUser(w http.ResponseWriter, r *http.Request, scopes ...string) bool {
	t := h.authorize(w, r, scopes...)
	if t == nil {
		return false
	}
	if !t.user {
		apiError(w, http.StatusUnprocessableEntity, "This method requires an authenticated user")
		return false
	}
	return true
}

func unauthorized(w http.ResponseWriter, message string) {
	w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="Doorkeeper", error="invalid_token", error_description=%q`, message))
	apiError(w, http.StatusUnauthorized, message)
}
