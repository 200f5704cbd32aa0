package commands

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
	"tootfill/commands/settings"
)

// TestAServerNamedByTheDomainOfItsHandles: the hint names the server with the API.
func TestAServerNamedByTheDomainOfItsHandles(t *testing.T) {
	l := newLab(t)
	l.AddOrigin("split.example", sandbox.WebDomain("social.split.example"))
	l.server = "split.example"
	status, stdout, stderr := l.run("lookup", "alice@photos.example")
	if status != exitFailed || stdout != "" || !strings.Contains(stderr, "\ntootfill: hint: split.example leads to social.split.example: name that one") {
		t.Errorf("%d, %q, %q", status, stdout, stderr)
	}
}

func TestTokenHintFitsTheSoftware(t *testing.T) {
	l := newLab(t)
	l.token = "wrong"
	l.Home().SetFault(func(r *http.Request, _ http.Handler) http.Handler {
		switch {
		case r.Header.Get("Authorization") != "":
			return nil
		case strings.HasSuffix(r.URL.Path, "/instance"):
			return fault.Respond(200, "application/json", `{"version":"0.19.1+git-1","source_url":"https://codeberg.org/superseriousbusiness/gotosocial"}`)
		case r.URL.Path == "/.well-known/nodeinfo":
			return fault.Respond(200, "application/json", `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://home.example/nodeinfo/2.0"}]}`)
		case r.URL.Path == "/nodeinfo/2.0":
			return fault.Respond(200, "application/json", `{"software":{"name":"gotosocial","version":"0.19.1"}}`)
		}
		return nil
	})
	for _, token := range []string{"wrong", ""} {
		l.token = token
		status, _, stderr := l.run("lookup", "alice@photos.example")
		if status != exitUnauthorized || !strings.Contains(stderr, "hint: tootfill login home.example gets one; or make one at https://home.example/settings/user/applications/new") {
			t.Errorf("token %q: %d, %q", token, status, stderr)
		}
	}
	// No request made for the sake of the hint gets in its way.
	l.Home().SetFault(func(r *http.Request, _ http.Handler) http.Handler {
		if r.Header.Get("Authorization") == "" {
			return fault.Drop()
		}
		return nil
	})
	status, _, stderr := l.run("lookup", "alice@photos.example")
	if status != exitUnauthorized || !strings.Contains(stderr, "hint: tootfill login home.example gets one; or make one at https://home.example/settings/applications/new") {
		t.Errorf("%d, %q", status, stderr)
	}
}

// If the token is revoked in the middle of a run, the hint is the same.
func TestTokenHintFitsTheSoftwareInTheMiddleOfARun(t *testing.T) {
	revoked := &backfill.UnauthorizedError{Server: "home.example", Message: "it was revoked"}
	err := adviseOnToken(revoked, "home.example", fediverse.Software{Name: "gotosocial"})
	message, hint := explain(err)
	if message != revoked.Error() || !strings.HasPrefix(hint, "tootfill login home.example gets one; or make one at https://home.example/settings/user/applications/new") ||
		exitStatus(t.Context(), err) != exitUnauthorized {
		t.Errorf("%s, %s", message, hint)
	}
	other := errors.New("disk full")
	if err := adviseOnToken(other, "home.example", fediverse.Software{}); err != other || adviseOnToken(nil, "", fediverse.Software{}) != nil {
		t.Error(err)
	}
}

func TestTokenHint(t *testing.T) {
	_, hint := explain(&settings.TokenError{Message: "none", None: true, Server: "h.example"})
	for _, want := range []string{"https://h.example/settings/applications/new", "read:search", "read:accounts", "read:statuses", "read:follows"} {
		if !strings.Contains(hint, want) {
			t.Errorf("the hint lacks %s: %s", want, hint)
		}
	}
	if hint := tokenHint("h.example", "", "read:lists"); !strings.HasPrefix(hint, "tootfill login --lists h.example gets one; ") {
		t.Error(hint)
	}
	if hint := tokenHint("http://127.0.0.1:3000", "", ""); !strings.Contains(hint, " http://127.0.0.1:3000/settings") {
		t.Error(hint)
	}
}

func TestTokenHintOfOtherSoftware(t *testing.T) {
	for software, want := range map[string]string{
		"":           "https://h.example/settings/applications/new",
		"mastodon":   "https://h.example/settings/applications/new",
		"gotosocial": "https://h.example/settings/user/applications/new",
		"pleroma":    "https://h.example/api/v1/apps",
		"akkoma":     "https://h.example/api/v1/apps",
	} {
		hint := tokenHint("h.example", software, "")
		for _, part := range []string{want, "read:accounts read:follows read:search read:statuses", "access_token_file", "TOOTFILL_ACCESS_TOKEN"} {
			if !strings.Contains(hint, part) {
				t.Errorf("%s: %q is missing in %s", software, part, hint)
			}
		}
		if mastodons := strings.Contains(hint, "Preferences"); mastodons != (want == "https://h.example/settings/applications/new") {
			t.Errorf("%s: %s", software, hint)
		}
		if shown := cleantext.Line(hint, errorWidth); shown != hint {
			t.Errorf("%s: the hint is cut: %s", software, shown)
		}
	}
}
