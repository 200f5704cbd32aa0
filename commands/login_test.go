package commands

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/sandbox/fault"
	"tootfill/commands/settings"
)

// hasty is a clock by which every wait is over at once.
type hasty struct{ backfill.SystemClock }

func (hasty) Wait(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// logIn runs `tootfill login --code home.example` with a home folder of its own.
func (l *lab) logIn(t *testing.T, stdin io.Reader, clock backfill.Clock) (status int, stdout, stderr, home string) {
	t.Helper()
	home = t.TempDir()
	status, stdout, stderr = l.logInAt(t, home, stdin, clock)
	return status, stdout, stderr, home
}

// logInAt is logIn with a home folder and more flags.
func (l *lab) logInAt(t *testing.T, home string, stdin io.Reader, clock backfill.Clock, flags ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = Run(t.Context(), Env{
		Args: append([]string{"login", "--code", "home.example"}, flags...), Stdin: stdin, Stdout: &out, Stderr: &errs,
		Clock: clock, Network: l.Network(), Getenv: backfilltest.Environment("HOME", home),
	})
	return status, out.String(), errs.String()
}

// TestNobodyLetsTootfillIn: a login does not wait for ever, and leaves nothing behind.
func TestNobodyLetsTootfillIn(t *testing.T) {
	l := newLab(t)
	in, answer := io.Pipe()
	defer answer.Close()
	status, stdout, stderr, home := l.logIn(t, in, hasty{})
	if status != exitUnauthorized || stdout != "" || !strings.Contains(stderr, "\ntootfill: error: nobody has let tootfill in within 10 minutes\ntootfill: hint: the same command asks again\n") {
		t.Errorf("%d, %q, %q", status, stdout, stderr)
	}
	if files, err := os.ReadDir(filepath.Join(home, ".config/tootfill")); err != nil || len(files) != 0 {
		t.Errorf("it left %v, %v", files, err)
	}
}

// TestTheSameTokenAgain: one that home hands out again is not revoked as the one that
// the login has replaced.
func TestTheSameTokenAgain(t *testing.T) {
	for again, want := range map[string]int{"old": 0, "new": 1} {
		l, revoked := newLab(t), 0
		l.Home().SetFault(func(r *http.Request, _ http.Handler) http.Handler {
			switch r.URL.Path {
			case "/oauth/token":
				return fault.Respond(200, "application/json", `{"access_token":"`+again+`"}`)
			case "/oauth/revoke":
				revoked++
				return fault.Respond(200, "application/json", "{}")
			}
			return nil
		})
		home := t.TempDir()
		place, err := settingsReader(backfilltest.Environment("HOME", home)).Login(settings.Flags{})
		if err == nil {
			err = errors.Join(place.Writable(), place.Save("home.example", settings.Application{ID: "a", Secret: "b"}, "old"))
		}
		if err != nil {
			t.Fatal(err)
		}
		_, _, stderr := l.logInAt(t, home, strings.NewReader("code\n"), backfill.SystemClock{}, "--yes")
		kept, err := os.ReadFile(filepath.Join(home, ".config/tootfill/access_token"))
		if revoked != want || err != nil || string(kept) != again+"\n" {
			t.Errorf("%s: revoked %d times; kept %q, %v; %s", again, revoked, kept, err, stderr)
		}
	}
}

// TestServersThatCannotBeLoggedInTo: nobody is asked to let tootfill in.
func TestServersThatCannotBeLoggedInTo(t *testing.T) {
	const links = `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://home.example/nodeinfo/2.0"}]}`
	for name, c := range map[string]struct {
		answers map[string]http.Handler
		status  int
		says    string
	}{
		"another API": {map[string]http.Handler{
			"/api/v1/instance": fault.Fail(404), "/api/v2/instance": fault.Fail(404),
			"/.well-known/nodeinfo": fault.Respond(200, "application/json", links),
			"/nodeinfo/2.0":         fault.Respond(200, "application/json", `{"software":{"name":"Misskey\u001b[31m","version":"2025.1"}}`),
		}, exitFailed, "error: home.example runs misskey 2025.1, and it does not have Mastodon's API\n"},
		"a website": {map[string]http.Handler{
			"/api/v1/instance": fault.Respond(200, "text/html", "<title>Hello</title>"), "/api/v2/instance": fault.Respond(200, "text/html", "<title>Hello</title>"),
			"/.well-known/nodeinfo": fault.Fail(404),
		}, exitFailed, "error: home.example runs unknown software, and it does not have Mastodon's API\n"},
		"it is broken":        {map[string]http.Handler{"/api/v2/instance": fault.Fail(500)}, exitFailed, "home.example answered 500"},
		"registration closed": {map[string]http.Handler{"/api/v1/apps": fault.Respond(403, "application/json", `{"error":"no new apps"}`)}, exitUnauthorized, "registering an application at home.example: no new apps\n"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.Home().SetFault(func(r *http.Request, _ http.Handler) http.Handler { return c.answers[r.URL.Path] })
			status, stdout, stderr, _ := l.logIn(t, strings.NewReader(""), backfill.SystemClock{})
			if status != c.status || stdout != "" || !strings.Contains(stderr, c.says) || strings.Contains(stderr, "open this page") || strings.Contains(stderr, "\x1b") {
				t.Errorf("%d, %q, %q", status, stdout, stderr)
			}
		})
	}
}

func TestBrowser(t *testing.T) {
	for _, c := range []struct {
		system string
		env    []string
		want   string
	}{
		{"linux", []string{"DISPLAY", ":0"}, "xdg-open"},
		{"freebsd", []string{"WAYLAND_DISPLAY", "wayland-0"}, "xdg-open"},
		{"linux", []string{"BROWSER", "firefox"}, "xdg-open"},
		{"linux", nil, ""},
		{"linux", []string{"DISPLAY", "localhost:10.0", "SSH_CONNECTION", "1 2 3 4"}, ""},
		{"darwin", nil, "open"},
		{"darwin", []string{"SSH_TTY", "/dev/ttys1"}, ""},
		{"windows", nil, "rundll32 url.dll,FileProtocolHandler"},
	} {
		if got := strings.Join(browser(backfilltest.Environment(c.env...), c.system), " "); got != c.want {
			t.Errorf("%s, %v: %q, want %q", c.system, c.env, got, c.want)
		}
	}
}
