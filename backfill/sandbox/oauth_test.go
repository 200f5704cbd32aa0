package sandbox

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func (w *world) post(path string, form url.Values) reply {
	w.t.Helper()
	answer, err := w.client.PostForm("https://"+HomeDomain+path, form)
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		w.t.Error(err)
	}
	return reply{answer.StatusCode, answer.Header, string(body)}
}

func TestOAuth(t *testing.T) {
	w := begin(t, Options{Empty: true})
	if r := w.post("/api/v1/apps", url.Values{"redirect_uris": {oobRedirect}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("an application without a name: %d %s", r.status, r.body)
	}
	var app struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	w.post("/api/v1/apps", url.Values{"client_name": {"tootfill"}, "redirect_uris": {oobRedirect + "\nhttp://127.0.0.1:4000/"}, "scopes": {DemoScopes}}).json(t, &app)

	query := url.Values{"client_id": {app.ClientID}, "response_type": {"code"}, "redirect_uri": {oobRedirect}, "scope": {"read:search read:accounts"},
		"code_challenge": {challengeOf("a verifier")}, "code_challenge_method": {"S256"}}
	page := w.fetch("https://home.example/oauth/authorize?" + query.Encode())
	m := regexp.MustCompile(`value='([A-Z0-9]+)'`).FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("no code on the page: %s", page.body)
	}
	exchange := url.Values{"grant_type": {"authorization_code"}, "code": {m[1]}, "client_id": {app.ClientID},
		"client_secret": {app.ClientSecret}, "redirect_uri": {oobRedirect}, "code_verifier": {"another"}}
	if r := w.post("/oauth/token", exchange); r.status != http.StatusBadRequest || !strings.Contains(r.body, "invalid_grant") {
		t.Errorf("with a wrong verifier: %d %s", r.status, r.body)
	}
	exchange.Set("code_verifier", "a verifier")
	var token struct {
		AccessToken string `json:"access_token"`
		Scope       string
	}
	w.post("/oauth/token", exchange).json(t, &token)
	if token.Scope != "read:search read:accounts" {
		t.Errorf("scope %q", token.Scope)
	}
	if r := w.fetch("https://home.example/api/v1/accounts/verify_credentials", "Authorization", "Bearer "+token.AccessToken); r.status != http.StatusOK {
		t.Errorf("the new token: %d %s", r.status, r.body)
	}
	if r := w.post("/oauth/token", exchange); r.status != http.StatusBadRequest {
		t.Errorf("a code used twice: %d", r.status)
	}
	if r := w.post("/oauth/token", url.Values{"grant_type": {"password"}, "client_id": {app.ClientID}, "client_secret": {app.ClientSecret}}); !strings.Contains(r.body, "unsupported_grant_type") {
		t.Errorf("password grant: %s", r.body)
	}
	w.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ClientID}, "client_secret": {app.ClientSecret}, "scope": {"read:accounts"}}).json(t, &token)
	r := w.fetch("https://home.example/api/v1/accounts/verify_credentials", "Authorization", "Bearer "+token.AccessToken)
	if r.status != http.StatusUnprocessableEntity {
		t.Errorf("an application's token has no user: %d %s", r.status, r.body)
	}
	w.post("/oauth/revoke", url.Values{"token": {token.AccessToken}, "client_id": {app.ClientID}, "client_secret": {app.ClientSecret}})
	r = w.fetch("https://home.example/api/v1/apps/verify_credentials", "Authorization", "Bearer "+token.AccessToken)
	if r.status != http.StatusUnauthorized {
		t.Errorf("after it was revoked: %d", r.status)
	}
	w.Home().SetScopes(Token, "read:search")
	if r := w.get("/api/v1/apps/verify_credentials"); !strings.Contains(r.body, `"scopes":["read:search"]`) {
		t.Errorf("%s", r.body)
	}
}

func TestAppRegistrationsAreLimited(t *testing.T) {
	w := begin(t, Options{Empty: true})
	form := url.Values{"client_name": {"x"}, "redirect_uris": {oobRedirect}}
	var last reply
	for range 6 {
		last = w.post("/api/v1/apps", form)
	}
	if last.status != http.StatusTooManyRequests {
		t.Errorf("the sixth: %d", last.status)
	}
}

func TestOAuthMetadataAndRedirect(t *testing.T) {
	w := begin(t, Options{Empty: true})
	if r := w.get("/.well-known/oauth-authorization-server"); !strings.Contains(r.body, `"token_endpoint":"https://home.example/oauth/token"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	w.Home().SetSoftware("mastodon", "4.2.0")
	if r := w.get("/.well-known/oauth-authorization-server"); r.status != http.StatusNotFound {
		t.Errorf("before 4.3: %d", r.status)
	}
	body := strings.NewReader(`{"client_name":"x","redirect_uris":["http://127.0.0.1:4000/back"],"scopes":"read"}`)
	answer, err := w.client.Post("https://home.example/api/v1/apps", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	var app struct {
		ClientID string `json:"client_id"`
	}
	reply{body: string(text)}.json(t, &app)
	query := url.Values{"client_id": {app.ClientID}, "response_type": {"code"}, "redirect_uri": {"http://127.0.0.1:4000/back"}, "state": {"s"}}
	r := w.fetch("https://home.example/oauth/authorize?" + query.Encode())
	if to := r.header.Get("Location"); r.status != http.StatusFound || !strings.HasPrefix(to, "http://127.0.0.1:4000/back?code=") || !strings.HasSuffix(to, "&state=s") {
		t.Errorf("%d %s", r.status, to)
	}
	query.Set("redirect_uri", "https://elsewhere.example/")
	if r := w.fetch("https://home.example/oauth/authorize?" + query.Encode()); r.status != http.StatusBadRequest {
		t.Errorf("a redirect that was not registered: %d", r.status)
	}
}
