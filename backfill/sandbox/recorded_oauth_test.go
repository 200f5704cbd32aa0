package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/recorded"
)

// client is an application that logs you in at the sandbox's home, as the recorded
// one did.
type client struct {
	recordedWorld
	clock              *backfilltest.Clock
	id, secret, access string
}

const (
	verifier = "verifier-verifier-verifier-verifier-verifier-43ch"
	callback = "http://127.0.0.1:45678/callback" // registered without a port
)

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// ask returns the address of the page on which you allow what the client wants.
func (c *client) ask(redirect string) url.Values {
	return url.Values{"response_type": {"code"}, "client_id": {c.id}, "redirect_uri": {redirect},
		"scope": {"read:accounts read:statuses read:search read:follows"}, "code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}}
}

func (c *client) code() string {
	c.t.Helper()
	r := c.fetch("https://" + HomeDomain + "/oauth/authorize?" + c.ask(callback).Encode())
	to, err := url.Parse(r.header.Get("Location"))
	if err != nil || r.status != http.StatusFound || !strings.HasPrefix(to.String(), callback+"?") {
		c.t.Fatalf("asking for a code: %d, to %s, %v", r.status, to, err)
	}
	return to.Query().Get("code")
}

// play sends what was recorded, with this client's secrets, and compares the
// answers.
func (c *client) play(name, code string) reply {
	c.t.Helper()
	e := recorded.Read(c.t, recorded.Mastodon46+"/oauth/"+name)
	form, err := url.ParseQuery(e.Form)
	if err != nil {
		c.t.Fatal(err)
	}
	for member, secret := range map[string]string{"client_id": c.id, "client_secret": c.secret, "code": code, "token": c.access} {
		if form.Get(member) == "TOKEN" {
			form.Set(member, secret)
		}
	}
	e.Form = form.Encode()
	token := ""
	if e.Sent.Get("Authorization") != "" {
		token = c.access
	}
	return c.compare("oauth/"+name, e, "https://"+HomeDomain+e.URL.RequestURI(), token)
}

// TestTheSandboxLogsInAsMastodon replays the recorded registration, exchanges of
// codes and revocation in order.
func TestTheSandboxLogsInAsMastodon(t *testing.T) {
	c := &client{clock: backfilltest.ClockAt(time.Now())}
	c.recordedWorld = beginRecordedAt(t, recorded.Mastodon46, c.clock)
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	c.play("register-app", "").json(t, &app)
	c.id, c.secret = app.ID, app.Secret
	c.play("register-app-invalid", "")

	code := c.code()
	for _, name := range []string{"token-wrong-code", "token-wrong-secret", "token-wrong-redirect", "token-no-verifier", "token-wrong-verifier"} {
		c.play(name, code)
	}
	var token struct {
		Access string `json:"access_token"`
		Scope  string
	}
	c.play("token", code).json(t, &token) // no refusal has used up the code
	if token.Scope != c.ask("").Get("scope") {
		t.Errorf("scope %q", token.Scope)
	}
	c.play("token-code-used-twice", code)
	old := c.code()
	c.clock.Step(codeLifetime + time.Second)
	c.play("token-expired-code", old)

	c.access = token.Access
	c.play("verify-credentials", "")
	c.play("verify-app", "")
	c.play("revoke-unknown", "")
	c.play("revoke-wrong-secret", "")
	c.play("verify-app", "") // neither of them has revoked anything
	var again struct {
		Access string `json:"access_token"`
	}
	c.play("token", c.code()).json(t, &again)
	if again.Access != c.access {
		t.Error("the same application got another token")
	}
	c.play("revoke", "")
	c.play("after-revoke", "")
	c.play("token", c.code()).json(t, &again)
	if again.Access == c.access {
		t.Error("it got the token that it had revoked")
	}
	for _, e := range recorded.Folder(t, recorded.Mastodon46+"/oauth") {
		if name := strings.TrimPrefix(e.Name, recorded.Mastodon46+"/"); !c.compared[name] {
			t.Errorf("nothing is asked for %s", name)
		}
	}
}

// TestRevokingBelongsToTheApplication: only the application that got a token can
// revoke it.
func TestRevokingBelongsToTheApplication(t *testing.T) {
	w := begin(t, Options{Empty: true})
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	w.post("/api/v1/apps", url.Values{"client_name": {"x"}, "redirect_uris": {oobRedirect}}).json(t, &app)
	for name, form := range map[string]url.Values{
		"nobody's":  {"token": {Token}},
		"another's": {"token": {Token}, "client_id": {app.ID}, "client_secret": {app.Secret}},
	} {
		if r := w.post("/oauth/revoke", form); r.status != http.StatusForbidden {
			t.Errorf("%s revocation: %d %s", name, r.status, r.body)
		}
	}
	if r := w.get("/api/v1/apps/verify_credentials"); r.status != http.StatusOK {
		t.Errorf("afterwards: %d", r.status)
	}
}

// TestLoopbackRedirects: only the port of a loopback address may differ from the
// registered one.
func TestLoopbackRedirects(t *testing.T) {
	for _, c := range []struct {
		asked, registered string
		same              bool
	}{
		{"http://127.0.0.1:4000/callback", "http://127.0.0.1/callback", true},
		{"http://127.0.0.1:4000/callback", "http://127.0.0.1:5000/callback", true},
		{"http://127.0.0.1/callback", "http://127.0.0.1:5000/callback", true},
		{"http://[::1]:4000/callback", "http://[::1]/callback", true},
		{"http://localhost:4000/callback", "http://localhost:4000/callback", true},
		{"http://localhost:4000/callback", "http://localhost/callback", false},
		{"http://127.0.0.1:4000/", "http://127.0.0.1/callback", false},
		{"http://127.0.0.1:4000/callback?x=1", "http://127.0.0.1/callback", false},
		{"https://127.0.0.1:4000/callback", "http://127.0.0.1/callback", false},
		{"http://[::1]:4000/callback", "http://127.0.0.1/callback", false},
		{"http://x@127.0.0.1:4000/callback", "http://127.0.0.1/callback", false},
		{"https://app.example:4000/callback", "https://app.example/callback", false},
	} {
		if got := sameRedirect(c.asked, c.registered); got != c.same {
			t.Errorf("%s where %s is registered: %t", c.asked, c.registered, got)
		}
	}
}

// TestAuthorizationsThatAreRefused: a refused authorization gets an error page and
// no code.
func TestAuthorizationsThatAreRefused(t *testing.T) {
	c := &client{recordedWorld: recordedWorld{world: begin(t, Options{Empty: true})}}
	var app struct {
		ID string `json:"client_id"`
	}
	c.post("/api/v1/apps", url.Values{"client_name": {"x"}, "redirect_uris": {"http://localhost/callback http://127.0.0.1/callback"},
		"scopes": {"read:accounts read:statuses read:search read:follows"}}).json(t, &app)
	c.id = app.ID
	for name, change := range map[string][2]string{
		"as it should be":           {"state", "s"},
		"a scope not registered":    {"scope", "read:lists"},
		"no scope, which is read":   {"scope", ""},
		"a plain challenge":         {"code_challenge_method", "plain"},
		"a challenge of no method":  {"code_challenge_method", ""},
		"another port of localhost": {"redirect_uri", "http://localhost:45678/callback"},
		"another application":       {"client_id", "x"},
	} {
		q := c.ask(callback)
		q.Set(change[0], change[1])
		want := http.StatusBadRequest
		if name == "as it should be" {
			want = http.StatusFound
		}
		if r := c.fetch("https://" + HomeDomain + "/oauth/authorize?" + q.Encode()); r.status != want {
			t.Errorf("%s: %d %s", name, r.status, r.header.Get("Location"))
		}
	}
}
