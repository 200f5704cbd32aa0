package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// refusal is a Doorkeeper error in Doorkeeper's words (its config/locales/en.yml).
type refusal struct {
	status            int
	code, description string
}

var (
	invalidClient = &refusal{http.StatusUnauthorized, "invalid_client",
		"Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method."}
	invalidGrant = &refusal{http.StatusBadRequest, "invalid_grant",
		"The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client."}
	invalidScope     = &refusal{http.StatusBadRequest, "invalid_scope", "The requested scope is invalid, unknown, or malformed."}
	unsupportedGrant = &refusal{http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server."}
	malformed        = &refusal{http.StatusBadRequest, "invalid_request",
		"The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed."}
	notTheirToken = &refusal{http.StatusForbidden, "unauthorized_client", "You are not authorized to revoke this token"}
)

func missingParameter(name string) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_request", "Missing required parameter: " + name + "."}
}

func (e *refusal) answer(w http.ResponseWriter) {
	answer(w, e.status, typeJSON, map[string]any{"error": e.code, "error_description": e.description})
}

// exchangeToken is Doorkeeper's token endpoint with the two grants that
// Mastodon allows (config/initializers/doorkeeper.rb:170).
func (h *Home) exchangeToken(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if h.exchangeElsewhere(w, r) {
		return
	}
	name, t, refused := h.exchange(r)
	if refused != nil {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="Doorkeeper", error=%q, error_description=%q`, refused.code, refused.description))
		refused.answer(w)
		return
	}
	w.Header().Set("Pragma", "no-cache")
	answerOK(w, map[string]any{"access_token": name, "token_type": "Bearer", "scope": strings.Join(t.scopes, " "), "created_at": t.created.Unix()})
}

// exchangeElsewhere answers as software other than Mastodon, if home is such.
func (h *Home) exchangeElsewhere(w http.ResponseWriter, r *http.Request) bool {
	_, _, s := h.settings()
	if !s.isGoToSocial() && !s.isPleroma() {
		return false
	}
	p, err := parameters(r)
	switch {
	case err != nil:
		apiError(w, http.StatusBadRequest, "Bad Request")
	case s.isPleroma():
		h.exchangeAtPleroma(w, p)
	default:
		h.exchangeAtGoToSocial(w, p)
	}
	return true
}

func (h *Home) exchange(r *http.Request) (name string, t *token, refused *refusal) {
	p, err := parameters(r)
	if err != nil {
		return "", nil, malformed
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.clientApp(r, p)
	switch p.Get("grant_type") {
	case "authorization_code":
		return h.exchangeCode(a, p)
	case "client_credentials":
		switch {
		case a == nil:
			return "", nil, invalidClient
		case !a.mayAsk(scopeParam(p)):
			return "", nil, invalidScope
		}
		name, t = h.issue(a, scopeParam(p), false)
		return name, t, nil
	case "":
		return "", nil, missingParameter("grant_type")
	default:
		return "", nil, unsupportedGrant
	}
}

// clientApp returns the application that makes a request, or nil if it does not
// authenticate itself. With mu held.
func (h *Home) clientApp(r *http.Request, p url.Values) *app {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = p.Get("client_id"), p.Get("client_secret")
	}
	if a := h.apps[id]; a != nil && a.secret == secret {
		return a
	}
	return nil
}

// exchangeCode checks in the order of Doorkeeper's AuthorizationCodeRequest.
// With mu held.
func (h *Home) exchangeCode(a *app, p url.Values) (name string, t *token, refused *refusal) {
	g := h.codes[p.Get("code")]
	switch {
	case p.Get("code") == "":
		return "", nil, missingParameter("code")
	case g != nil && g.challenge != "" && p.Get("code_verifier") == "":
		return "", nil, missingParameter("code_verifier")
	case p.Get("redirect_uri") == "":
		return "", nil, missingParameter("redirect_uri")
	case a == nil:
		return "", nil, invalidClient
	case g == nil || g.app != a || g.used || h.now().After(g.expires),
		!sameRedirect(p.Get("redirect_uri"), g.redirect), !g.proves(p.Get("code_verifier")):
		return "", nil, invalidGrant
	}
	g.used = true
	name, t = h.issue(a, g.scopes, true)
	return name, t, nil
}

// proves checks the PKCE verifier, if PKCE was used.
func (g *grant) proves(verifier string) bool {
	if g.challenge == "" {
		return true
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
}

// issue returns the token that the application already has for the same user and
// scopes, or a new one (reuse_access_token). With mu held.
func (h *Home) issue(a *app, scopes string, user bool) (name string, t *token) {
	wanted := slices.Sorted(slices.Values(strings.Fields(scopes)))
	for name, t := range h.tokens {
		if t.app == a && t.user == user && !t.revoked && slices.Equal(slices.Sorted(slices.Values(t.scopes)), wanted) {
			return name, t
		}
	}
	name = rand.Text()
	h.newToken(name, scopes, user, a)
	return name, h.tokens[name]
}

// revoke revokes a token for the application that it was issued to. A token that
// home does not know counts as revoked.
func (h *Home) revoke(w http.ResponseWriter, r *http.Request) {
	p, err := parameters(r)
	if err != nil {
		malformed.answer(w)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch _, _, s := h.settings(); {
	case s.isGoToSocial():
		h.revokeAtGoToSocial(w, s, p)
		return
	case s.isPleroma():
		h.revokeAtPleroma(w, p)
		return
	}
	a, t := h.clientApp(r, p), h.tokens[p.Get("token")]
	if a == nil || t != nil && t.app != a {
		w.Header().Set("Cache-Control", "no-cache")
		notTheirToken.answer(w)
		return
	}
	if t != nil {
		t.revoked = true
	}
	answerOK(w, map[string]any{})
}
