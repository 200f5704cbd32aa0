package sandbox

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Here home lets applications in as GoToSocial does (internal/api/auth and
// internal/oauth in its source): it knows no PKCE, wants the very redirect that was
// registered, and has nothing to press for no.

// oobPath is where GoToSocial shows a code to copy.
const oobPath = "/oauth/oob"

// advice is what GoToSocial adds to the refusals of its OAuth (HelpfulAdvice).
const advice = "If you arrived at this error during a sign in/oauth flow, please try clearing your session cookies and signing in again; " +
	"if problems persist, make sure you're using the correct credentials"

func (s software) isGoToSocial() bool { return strings.EqualFold(s.name, "gotosocial") }

// canRevoke: POST /oauth/revoke (internal/api/auth/revoke.go) came about with 0.19.
func (s software) canRevoke() bool {
	var major, minor int
	_, err := fmt.Sscanf(s.version, "%d.%d", &major, &minor)
	return err == nil && (major > 0 || minor >= 19)
}

// gtsRefusal answers an error of GoToSocial's OAuth.
func gtsRefusal(w http.ResponseWriter, status int, code, text string) {
	(&refusal{status, code, http.StatusText(status) + ": " + text}).answer(w)
}

// registerAtGoToSocial is internal/processing/application/create.go: scopes are not
// looked at.
func (h *Home) registerAtGoToSocial(w http.ResponseWriter, p url.Values) {
	scopes := strings.Fields(p.Get("scopes"))
	if len(scopes) == 0 {
		scopes = []string{"read"}
	}
	redirects := strings.Fields(p.Get("redirect_uris"))
	if len(redirects) == 0 {
		redirects = []string{oobRedirect}
	}
	a := h.newApp(p, redirects, scopes)
	answerOK(w, map[string]any{"id": a.id, "created_at": h.now().UTC().Format(timeMillis), "name": a.name, "redirect_uri": strings.Join(redirects, "\n"),
		"redirect_uris": redirects, "client_id": a.clientID, "client_secret": a.secret, "vapid_key": "", "scopes": scopes})
}

// authorizeAtGoToSocial is HandleAuthorizeRequest. With mu held.
func (h *Home) authorizeAtGoToSocial(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a := h.apps[q.Get("client_id")]
	redirect := q.Get("redirect_uri")
	switch {
	case a == nil, q.Get("response_type") != "code", !a.hasRedirect(redirect):
		respondWithError(w, r, http.StatusBadRequest)
		return
	case h.refusing:
		gtsPage(w, r, "<form action='/oauth/authorize' method='POST'><p>The application wants to act for you.</p><button type='submit'>Allow</button></form>")
		return
	case !a.covers(scopeParam(q)):
		sendBack(w, r, q, url.Values{"error": {"invalid_scope"}, "error_description": {"The requested scope is invalid, unknown, or malformed"}})
		return
	}
	code := h.newCode(a, redirect, scopeParam(q))
	if redirect == oobRedirect {
		http.Redirect(w, r, oobPath+"?"+url.Values{"code": {code}}.Encode(), http.StatusFound)
		return
	}
	sendBack(w, r, q, url.Values{"code": {code}})
}

// showCode is internal/api/auth/oob.go.
func (h *Home) showCode(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("code")
	if _, _, s := h.settings(); !s.isGoToSocial() {
		routeNotFound(w, r)
		return
	}
	gtsPage(w, r, "<section class=\"oob-token\"><p>Here's your out-of-band token, use it wisely:</p><code>"+code+"</code></section>")
}

func gtsPage(w http.ResponseWriter, r *http.Request, text string) {
	respond(http.StatusOK, "text/html; charset=utf-8", "<!DOCTYPE html>\n<html><body><main>"+text+"</main></body></html>\n").ServeHTTP(w, r)
}

// exchangeAtGoToSocial is HandleTokenRequest for a code.
func (h *Home) exchangeAtGoToSocial(w http.ResponseWriter, p url.Values) {
	for _, name := range []string{"grant_type", "client_id", "client_secret", "redirect_uri", "code"} {
		if p.Get(name) == "" {
			gtsRefusal(w, http.StatusBadRequest, "invalid_request", name+" was not set in the token request form")
			return
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.apps[p.Get("client_id")]
	g := h.codes[p.Get("code")]
	switch {
	case a == nil, a.secret != p.Get("client_secret"):
		gtsRefusal(w, http.StatusBadRequest, "invalid_client", "could not get access token: invalid_client: "+advice)
		return
	case !g.isFor(a, h.now()), g.redirect != p.Get("redirect_uri"):
		gtsRefusal(w, http.StatusBadRequest, "invalid_grant", "could not get access token: invalid_grant: "+advice)
		return
	}
	g.used = true
	name := rand.Text()
	h.newToken(name, g.scopes, true, a)
	w.Header().Set("Pragma", "no-cache")
	answerOK(w, map[string]any{"access_token": name, "token_type": "Bearer", "scope": g.scopes, "created_at": h.now().Unix()})
}

// revokeAtGoToSocial is RevokeAccessToken. With mu held.
func (h *Home) revokeAtGoToSocial(w http.ResponseWriter, s software, p url.Values) {
	a, t := h.apps[p.Get("client_id")], h.tokens[p.Get("token")]
	switch {
	case !s.canRevoke():
		apiError(w, http.StatusNotFound, "Not Found")
		return
	case t == nil, t.revoked:
	case t.app != a, a.secret != p.Get("client_secret"):
		gtsRefusal(w, http.StatusForbidden, "unauthorized_client", "You are not authorized to revoke this token")
		return
	default:
		t.revoked = true
	}
	answerOK(w, map[string]any{})
}

// newCode is a code for an application. With mu held.
func (h *Home) newCode(a *app, redirect, scopes string) string {
	code := rand.Text()
	h.codes[code] = &grant{app: a, redirect: redirect, scopes: scopes, expires: h.now().Add(codeLifetime)}
	return code
}

// isFor reports whether a code is good for an application; no code is good for none.
func (g *grant) isFor(a *app, now time.Time) bool {
	return g != nil && a != nil && g.app == a && !g.used && !now.After(g.expires)
}

// covers reports whether the scopes of the application include these: elsewhere than in
// Mastodon, read includes read:search.
func (a *app) covers(scopes string) bool {
	for _, wanted := range strings.Fields(scopes) {
		if !scopeIn(wanted, a.scopes) {
			return false
		}
	}
	return true
}

func scopeIn(wanted string, have []string) bool {
	for _, h := range have {
		if wanted == h || strings.HasPrefix(wanted, h+":") {
			return true
		}
	}
	return false
}
