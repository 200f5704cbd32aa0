package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const oobRedirect = "urn:ietf:wg:oauth:2.0:oob"

// app is a registered application.
type app struct {
	id, name, website, clientID, secret string
	redirects, scopes                   []string
}

func (h *Home) oauthRoutes() {
	h.api("POST /api/v1/apps", h.registerApp)
	h.api("GET /api/v1/apps/verify_credentials", h.verifyApp)
	h.mux.HandleFunc("GET /.well-known/oauth-authorization-server",
		h.keep(always(caching{good: "max-age=0, private, must-revalidate"}), h.oauthMetadata))
	h.mux.HandleFunc("GET /oauth/authorize", h.authorizeCode)
	h.mux.HandleFunc("GET "+oobPath, h.showCode)
	h.mux.HandleFunc("POST /oauth/token", h.keep(always(caching{vary: "Accept", good: "no-store"}), h.exchangeToken))
	h.mux.HandleFunc("POST /oauth/revoke",
		h.keep(always(caching{vary: "Accept", good: "max-age=0, private, must-revalidate"}), h.revoke))
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
	switch _, _, s := h.settings(); {
	case s.isGoToSocial():
		h.registerAtGoToSocial(w, p)
		return
	case s.isPleroma():
		h.registerAtPleroma(w, p)
		return
	}
	var redirects []string
	for _, v := range append(p["redirect_uris"], p["redirect_uris[]"]...) {
		redirects = append(redirects, strings.Fields(v)...)
	}
	scopes := strings.Fields(p.Get("scopes"))
	if len(scopes) == 0 {
		scopes = []string{"read"}
	}
	if invalid := h.invalidApp(p.Get("client_name"), redirects, scopes); len(invalid) > 0 {
		apiError(w, http.StatusUnprocessableEntity, "Validation failed: "+strings.Join(invalid, ", "))
		return
	}
	a := h.newApp(p, redirects, scopes)
	entity := a.entity()
	entity["client_id"], entity["client_secret"], entity["client_secret_expires_at"] = a.clientID, a.secret, 0
	answerOK(w, entity)
}

// newApp registers an application.
func (h *Home) newApp(p url.Values, redirects, scopes []string) *app {
	a := &app{name: p.Get("client_name"), website: p.Get("website"), clientID: rand.Text(), secret: rand.Text(),
		redirects: redirects, scopes: scopes}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.apps[a.clientID] = a
	a.id = strconv.Itoa(len(h.apps) + 1) // 1 is demoApp
	return a
}

// invalidApp lists home's objections to an application that wants to register.
func (h *Home) invalidApp(name string, redirects, scopes []string) (invalid []string) {
	if strings.TrimSpace(name) == "" {
		invalid = append(invalid, "Application name can't be blank")
	}
	switch {
	case len(redirects) == 0:
		invalid = append(invalid, "Redirect URI can't be blank")
	case slices.ContainsFunc(redirects, isRelative):
		invalid = append(invalid, "Redirect URI must be an absolute URI.")
	}
	known := h.knownScopes()
	if slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(known, s) }) {
		invalid = append(invalid, "Scopes doesn't match those configured on the server.")
	}
	return invalid
}

func isRelative(redirect string) bool {
	u, err := url.Parse(redirect)
	return err != nil || !u.IsAbs()
}

// knownScopes returns those of config/initializers/doorkeeper.rb.
func (h *Home) knownScopes() []string {
	scopes := strings.Fields(`read profile write write:accounts write:blocks write:bookmarks write:conversations write:favourites
		write:filters write:follows write:lists write:media write:mutes write:notifications write:reports write:statuses
		read:accounts read:blocks read:bookmarks read:favourites read:filters read:follows read:lists read:mutes
		read:notifications read:search read:statuses follow push
		admin:read admin:read:accounts admin:read:reports admin:read:domain_allows admin:read:domain_blocks
		admin:read:ip_blocks admin:read:email_domain_blocks admin:read:canonical_email_blocks
		admin:write admin:write:accounts admin:write:reports admin:write:domain_allows admin:write:domain_blocks
		admin:write:ip_blocks admin:write:email_domain_blocks admin:write:canonical_email_blocks`)
	if _, _, s := h.settings(); s.atLeast(4, 6) {
		scopes = append(scopes, "read:collections", "write:collections")
	}
	return scopes
}

// entity is REST::ApplicationSerializer.
func (a *app) entity() map[string]any {
	entity := map[string]any{"id": a.id, "name": a.name, "website": nil, "scopes": a.scopes,
		"redirect_uris": a.redirects, "redirect_uri": strings.Join(a.redirects, "\n"), "vapid_key": ""}
	if a.website != "" {
		entity["website"] = a.website
	}
	return entity
}

func (h *Home) verifyApp(w http.ResponseWriter, r *http.Request) {
	t := h.authorize(w, r)
	if t == nil {
		return
	}
	switch _, _, s := h.settings(); {
	case s.isPleroma():
		answerOK(w, map[string]any{"name": t.app.name, "website": nil}) // app_view.ex, compact_non_secret.json
	case s.isGoToSocial() && !scopeIn("read:applications", t.scopes):
		// It has only GET /api/v1/apps/:id (internal/api/client/apps/appget.go).
		apiError(w, http.StatusForbidden, "Forbidden: token has insufficient scope permission")
	case s.isGoToSocial():
		apiError(w, http.StatusNotFound, "Not Found")
	default:
		answerOK(w, t.app.entity())
	}
}

func (h *Home) oauthMetadata(w http.ResponseWriter, r *http.Request) {
	if _, _, s := h.settings(); !s.knowsPKCE() {
		routeNotFound(w, r)
		return
	}
	metadata := map[string]any{
		"issuer": h.link("/", nil), "authorization_endpoint": h.link("/oauth/authorize", nil),
		"token_endpoint": h.link("/oauth/token", nil), "revocation_endpoint": h.link("/oauth/revoke", nil),
		"app_registration_endpoint": h.link("/api/v1/apps", nil), "scopes_supported": h.knownScopes(),
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
