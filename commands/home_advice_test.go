package commands

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
)

// TestAServerNamedByTheDomainOfItsHandles: the hint names the one that has the
// API.
func TestAServerNamedByTheDomainOfItsHandles(t *testing.T) {
	l := newLab(t)
	l.AddOrigin("split.example", sandbox.WebDomain("social.split.example"))
	l.server = "split.example"
	status, stdout, stderr := l.run("lookup", "alice@photos.example")
	if status != exitFailed || stdout != "" || !strings.Contains(stderr, "\ntootfill: hint: split.example leads to social.split.example: name that one") {
		t.Errorf("%d, %q, %q", status, stdout, stderr)
	}
}

func TestTheTokenHintIsTheSoftwaresOwn(t *testing.T) {
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
		if status != exitUnauthorized || !strings.Contains(stderr, "hint: make one at https://home.example/settings/user/applications/new") {
			t.Errorf("token %q: %d, %q", token, status, stderr)
		}
	}
	// Nothing that is asked for the sake of the hint stands in its way.
	l.Home().SetFault(func(r *http.Request, _ http.Handler) http.Handler {
		if r.Header.Get("Authorization") == "" {
			return fault.Drop()
		}
		return nil
	})
	status, _, stderr := l.run("lookup", "alice@photos.example")
	if status != exitUnauthorized || !strings.Contains(stderr, "hint: make one at https://home.example/settings/applications/new") {
		t.Errorf("%d, %q", status, stderr)
	}
}

// A token that is revoked in the middle of a run gets the same hint.
func TestTheTokenHintInTheMiddleOfARunIsTheSoftwaresOwn(t *testing.T) {
	revoked := &backfill.UnauthorizedError{Server: "home.example", Message: "it was revoked"}
	err := adviseOnToken(revoked, "home.example", fediverse.Software{Name: "gotosocial"})
	message, hint := explain(err)
	if message != revoked.Error() || !strings.HasPrefix(hint, "make one at https://home.example/settings/user/applications/new") ||
		exitStatus(t.Context(), err) != exitUnauthorized {
		t.Errorf("%s, %s", message, hint)
	}
	other := errors.New("disk full")
	if err := adviseOnToken(other, "home.example", fediverse.Software{}); err != other || adviseOnToken(nil, "", fediverse.Software{}) != nil {
		t.Error(err)
	}
}
