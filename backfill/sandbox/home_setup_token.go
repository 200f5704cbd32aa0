package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Here a test controls your access tokens.

// Spend uses up n requests of a token in the throttles' current windows, as
// another program with the same token would.
func (h *Home) Spend(token string, n int) {
	r := &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}
	h.throttle.spend(h.now(), h.callerOf(r), n)
}

// AddToken adds an access token of yours with the space-separated scopes.
func (h *Home) AddToken(name, scopes string) { h.addToken(name, scopes, true) }

// AddAppToken adds an access token without a user, like those from
// client_credentials.
func (h *Home) AddAppToken(name, scopes string) { h.addToken(name, scopes, false) }

func (h *Home) addToken(name, scopes string, user bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.newToken(name, scopes, user, demoApp())
}

// newToken adds a token. With mu held.
func (h *Home) newToken(name, scopes string, user bool, a *app) {
	id := strconv.Itoa(len(h.tokens) + 1)
	h.tokens[name] = &token{id: id, user: user, scopes: strings.Fields(scopes), app: a, created: h.now()}
}

// SetScopes changes the scopes of a token and of its application.
func (h *Home) SetScopes(token, scopes string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tokens[token]; t != nil {
		t.scopes = strings.Fields(scopes)
		changed := *t.app
		changed.scopes = t.scopes
		t.app = &changed
	}
}

// RevokeToken revokes a token for good.
func (h *Home) RevokeToken(token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tokens[token]; t != nil {
		t.revoked = true
	}
}

// RefuseAuthorizations makes you refuse what applications ask for.
func (h *Home) RefuseAuthorizations() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusing = true
}

// RememberAuthorizations makes your browser have a token of every application that asks
// already; Pleroma then hands out that one.
func (h *Home) RememberAuthorizations() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remembering = true
}

// ExpireCodes makes all authorization codes too old.
func (h *Home) ExpireCodes() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, g := range h.codes {
		g.expires = h.now().Add(-time.Second)
	}
}

// RevokeTokens revokes all tokens.
func (h *Home) RevokeTokens() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.tokens {
		t.revoked = true
	}
}

// Authorized counts the tokens of yours that are not revoked, [Token] included.
func (h *Home) Authorized() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.tokens {
		if t.user && !t.revoked {
			n++
		}
	}
	return n
}
