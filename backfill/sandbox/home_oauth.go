package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	oobRedirect  = "urn:ietf:wg:oauth:2.0:oob"
	codeLifetime = 10 * time.Minute
)

// app is a registered application.
type app struct {
	name, website, clientID, secret string
	redirects, scopes               []string
}

// grant is an authorization code that waits to be exchanged.
type grant struct {
	app       *app
	redirect  string
	scopes    string
	challenge string // PKCE, S256
	expires   time.Time
}

func (h *Home) oauthRoutes() {
	h.api("POST /api/v1/apps", h.registerApp)
	h.api("GET /api/v1/apps/verify_credentials", h.verifyApp)
	h.mux.HandleFunc("GET /.well-known/oauth-authorization-server",
		h.keep(always(caching{good: "max-age=0, private, must-revalidate"}), h.oauthMetadata))
	h.mux.HandleFunc("GET /oauth/authorize", h.authorizeCode)
	h.mux.HandleFunc("POST /oauth/token", h.exchangeToken)
	h.mux.HandleFunc("POST /oauth/revoke", h.revoke)
}

// parameters reads a form or a JSON body.
func parameters(r *http.Request) (url.Values, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		if err := r.ParseMultipartForm(64 << 10); err != nil && err != http.ErrNotMultipart {
			return nil, err
		}
		return r.Form, nil
	}
	var body map[string]any
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 64<<10)).Decode(&body); err != nil {
		return nil, err
	}
	values := make(url.Values)
	for name, v := range body {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, e := range list {
			values.Add(name, fmt.Sprint(e))
		}
	}
	return values, nil
}

// registerApp is apps_controller.rb.
func (h *Home) registerApp(w http.ResponseWriter, r *http.Request) {
	p, err := parameters(r)
	if err != nil {
		apiError(w, http.StatusBadRequest, "There was a problem in the JSON you submitted")
		return
	}
	var redirects []string
	for _, v := range append(p["redirect_uris"], p["redirect_uris[]"]...) {
		redirects = append(redirects, strings.Fields(v)...)
	}
	switch {
	case strings.TrimSpace(p.Get("client_name")) == "":
		apiError(w, http.StatusUnprocessableEntity, "Validation failed: Application name can't be blank")
		return
	case len(redirects) == 0:
		apiError(w, http.StatusUnprocessableEntity, "Validation failed: Redirect URI can't be blank")
		return
	}
	a := &app{name: p.Get("client_name"), website: p.Get("website"), clientID: rand.Text(), secret: rand.Text(),
		redirects: redirects, scopes: strings.Fields(p.Get("scopes"))}
	if len(a.scopes) == 0 {
		a.scopes = []string{"read"}
	}
	h.mu.Lock()
	h.apps[a.clientID] = a
	h.mu.Unlock()
	entity := a.entity()
	entity["client_id"], entity["client_secret"], entity["client_secret_expires_at"] = a.clientID, a.secret, 0
	answerOK(w, entity)
}

// entity is REST::ApplicationSerializer.
func (a *app) entity() map[string]any {
	return map[string]any{"id": a.clientID, "name": a.name, "website": a.website, "scopes": a.scopes,
		"redirect_uris": a.redirects, "redirect_uri": strings.Join(a.redirects, "\n"), "vapid_key": ""}
}

func (h *Home) verifyApp(w http.ResponseWriter, r *http.Request) {
	if t := h.authorize(w, r); t != nil {
		answerOK(w, t.app.entity())
	}
}

func (h *Home) oauthMetadata(w http.ResponseWriter, r *http.Request) {
	if _, _, s := h.settings(); !s.atLeast(4, 3) {
		routeNotFound(w, r)
		return
	}
	metadata := map[string]any{
		"issuer": h.link("/", nil), "authorization_endpoint": h.link("/oauth/authorize", nil),
		"token_endpoint": h.link("/oauth/token", nil), "revocation_endpoint": h.link("/oauth/revoke", nil),
		"app_registration_endpoint": h.link("/api/v1/apps", nil), "scopes_supported": []string{"read", "profile", "read:accounts", "read:follows", "read:search", "read:statuses", "read:lists"},
		"response_types_supported": []string{"code"}, "response_modes_supported": []string{"query", "fragment", "form_post"},
		"grant_types_supported":                 []string{"authorization_code", "client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":      []string{"S256"},
		"service_documentation":                 "https://docs.joinmastodon.org/",
	}
	if _, _, s := h.settings(); s.atLeast(4, 4) {
		metadata["userinfo_endpoint"] = h.link("/oauth/userinfo", nil)
	}
	answerOK(w, metadata)
}

// authorizeCode is the page on which a user allows an application. You are
// always logged in here, and always say yes.
func (h *Home) authorizeCode(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.apps[q.Get("client_id")]
	if a == nil || q.Get("response_type") != "code" || !slices.Contains(a.redirects, q.Get("redirect_uri")) {
		respondWithError(w, r, http.StatusBadRequest)
		return
	}
	scopes := q.Get("scope")
	if scopes == "" {
		scopes = "read"
	}
	code := rand.Text()
	h.codes[code] = &grant{app: a, redirect: q.Get("redirect_uri"), scopes: scopes,
		challenge: q.Get("code_challenge"), expires: h.now().Add(codeLifetime)}
	if q.Get("redirect_uri") == oobRedirect {
		page := "<!DOCTYPE html>\n<html><body><p>Copy this authorization code and paste it to the application.</p><input class='oauth-code' readonly value='" + code + "'></body></html>\n"
		Respond(http.StatusOK, "text/html; charset=utf-8", page).ServeHTTP(w, r)
		return
	}
	back := url.Values{"code": {code}}
	if q.Get("state") != "" {
		back.Set("state", q.Get("state"))
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func oauthError(w http.ResponseWriter, status int, code, description string) {
	answer(w, status, typeJSON, map[string]any{"error": code, "error_description": description})
}

// exchangeToken is Doorkeeper's token endpoint with the two grants that
// Mastodon allows (config/initializers/doorkeeper.rb:170).
func (h *Home) exchangeToken(w http.ResponseWriter, r *http.Request) {
	p, err := parameters(r)
	if err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", "The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.")
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = p.Get("client_id"), p.Get("client_secret")
	}
	a := h.apps[id]
	if a == nil || a.secret != secret {
		oauthError(w, http.StatusUnauthorized, "invalid_client", "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.")
		return
	}
	switch p.Get("grant_type") {
	case "authorization_code":
		h.exchangeCode(w, a, p)
	case "client_credentials":
		scopes := p.Get("scope")
		if scopes == "" {
			scopes = "read"
		}
		h.issue(w, a, scopes, false)
	default:
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
	}
}

func (h *Home) exchangeCode(w http.ResponseWriter, a *app, p url.Values) {
	g := h.codes[p.Get("code")]
	if g == nil || g.app != a || g.redirect != p.Get("redirect_uri") || h.now().After(g.expires) || !g.proves(p.Get("code_verifier")) {
		oauthError(w, http.StatusBadRequest, "invalid_grant", "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.")
		return
	}
	delete(h.codes, p.Get("code"))
	h.issue(w, a, g.scopes, true)
}

// proves checks PKCE, where it was used.
func (g *grant) proves(verifier string) bool {
	if g.challenge == "" {
		return true
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
}

func (h *Home) issue(w http.ResponseWriter, a *app, scopes string, user bool) {
	for _, s := range strings.Fields(scopes) {
		if !slices.Contains(a.scopes, s) && !slices.Contains(a.scopes, strings.Split(s, ":")[0]) {
			oauthError(w, http.StatusBadRequest, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
			return
		}
	}
	name := rand.Text()
	h.newToken(name, scopes, user, a)
	answerOK(w, map[string]any{"access_token": name, "token_type": "Bearer", "scope": scopes, "created_at": h.now().Unix()})
}

func (h *Home) revoke(w http.ResponseWriter, r *http.Request) {
	p, err := parameters(r)
	if err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", "The request is malformed.")
		return
	}
	h.RevokeToken(p.Get("token"))
	answerOK(w, map[string]any{})
}
