package sandbox

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
)

// Here home lets applications in as Pleroma and Akkoma do (lib/pleroma/web/o_auth in
// their source): they know no PKCE, and want the very redirect that was registered.

func (s software) isPleroma() bool {
	return strings.EqualFold(s.name, "pleroma") || strings.EqualFold(s.name, "akkoma")
}

// registerAtPleroma is app.ex, get_or_make: an application of the same name is the
// same, with the redirects that it had before.
func (h *Home) registerAtPleroma(w http.ResponseWriter, p url.Values) {
	name, redirects, scopes := p.Get("client_name"), strings.Fields(p.Get("redirect_uris")), strings.FieldsFunc(p.Get("scopes"), isScopeGap)
	switch {
	case name == "":
		apiError(w, http.StatusUnprocessableEntity, "Missing field: client_name.")
		return
	case len(redirects) == 0:
		apiError(w, http.StatusUnprocessableEntity, "Missing field: redirect_uris.")
		return
	case len(scopes) == 0:
		scopes = []string{"read"}
	}
	a := h.appNamed(name)
	if a == nil {
		a = h.newApp(p, redirects, scopes)
	}
	h.mu.Lock()
	a.scopes = scopes
	h.mu.Unlock()
	answerOK(w, map[string]any{"id": a.id, "name": a.name, "client_id": a.clientID, "client_secret": a.secret,
		"redirect_uri": strings.Join(a.redirects, "\n"), "website": nil})
}

func isScopeGap(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' }

func (h *Home) appNamed(name string) *app {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.apps {
		if a.name == name {
			return a
		}
	}
	return nil
}

// authorizeAtPleroma is o_auth_controller.ex: authorize, or create_authorization if the
// person agrees. With mu held.
func (h *Home) authorizeAtPleroma(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a, redirect := h.apps[q.Get("client_id")], q.Get("redirect_uri")
	oob := redirect == oobRedirect
	switch {
	case a == nil, !a.hasRedirect(redirect), !a.covers(scopeParam(q)):
		pleromaPage(w, r, http.StatusUnauthorized, "<p class='alert alert-danger'>Invalid Username/Password</p>")
	case h.refusing:
		pleromaPage(w, r, http.StatusOK, "<form action='/oauth/authorize' method='post'><button>Log In</button></form>")
	case h.remembering && oob:
		pleromaPage(w, r, http.StatusOK, "<h1>Authorization exists</h1><h2>Token code is <br><pre>"+h.issued(a, scopeParam(q))+"</pre></h2>")
	case h.remembering:
		sendBack(w, r, q, url.Values{"access_token": {h.issued(a, scopeParam(q))}})
	case oob:
		pleromaPage(w, r, http.StatusOK, "<h1>Successfully authorized</h1><h2>Token code is <br>"+h.newCode(a, redirect, scopeParam(q))+"</h2>")
	default:
		sendBack(w, r, q, url.Values{"code": {h.newCode(a, redirect, scopeParam(q))}})
	}
}

func pleromaPage(w http.ResponseWriter, r *http.Request, status int, text string) {
	respond(status, "text/html; charset=utf-8", "<!DOCTYPE html>\n<html><body>"+text+"</body></html>\n").ServeHTTP(w, r)
}

// issued is a new token of an application. With mu held.
func (h *Home) issued(a *app, scopes string) string {
	name := rand.Text()
	h.newToken(name, scopes, true, a)
	return name
}

// exchangeAtPleroma is token_exchange for a code: the redirect is not looked at, and
// every refusal is the same.
func (h *Home) exchangeAtPleroma(w http.ResponseWriter, p url.Values) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, g := h.apps[p.Get("client_id")], h.codes[p.Get("code")]
	if !g.isFor(a, h.now()) || a.secret != p.Get("client_secret") || p.Get("grant_type") != "authorization_code" {
		apiError(w, http.StatusBadRequest, "Invalid credentials")
		return
	}
	g.used = true
	answerOK(w, map[string]any{"id": 1, "access_token": h.issued(a, g.scopes), "token_type": "Bearer", "refresh_token": rand.Text(),
		"expires_in": 3153599999, "scope": g.scopes, "created_at": h.now().Unix(), "me": h.you.URI})
}

// revokeAtPleroma is token_revoke: {} whatever came of it. With mu held.
func (h *Home) revokeAtPleroma(w http.ResponseWriter, p url.Values) {
	a, t := h.apps[p.Get("client_id")], h.tokens[p.Get("token")]
	if t != nil && t.app == a && a.secret == p.Get("client_secret") {
		t.revoked = true
	}
	answerOK(w, map[string]any{})
}
