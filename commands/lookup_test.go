package commands

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/sandbox"
)

// lab is a sandbox in the test's own process, with the settings to reach it.
type lab struct {
	*sandbox.Sandbox
	t     *testing.T
	state string
	clock backfill.Clock
	stdin string
	token string
	// server is home if it is not the sandbox's own.
	server string
}

func newLab(t *testing.T) *lab {
	t.Helper()
	s, err := sandbox.Start(sandbox.Options{Empty: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &lab{Sandbox: s, t: t, state: t.TempDir(), clock: backfill.SystemClock{}, token: sandbox.Token}
}

// run runs a command line against the lab.
func (l *lab) run(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = Run(context.Background(), Env{
		Args: args, Stdin: strings.NewReader(l.stdin), Stdout: &out, Stderr: &err, Clock: l.clock, Network: l.Network(),
		Getenv: backfilltest.Environment("TOOTFILL_SERVER", cmp.Or(l.server, sandbox.HomeDomain), "TOOTFILL_ACCESS_TOKEN", l.token,
			"TOOTFILL_STATE", l.state, "TOOTFILL_ORIGIN_RATE", "1000/s", "TOOTFILL_HOME_RATE", "unlimited"),
	})
	return status, out.String(), err.String()
}

// addAccount adds an account with posts, some of which home holds.
func (l *lab) addAccount(domain, name string, posts, held int) *sandbox.Account {
	o := l.Origin(domain)
	if o == nil {
		o = l.AddOrigin(domain)
	}
	a := o.AddAccount(sandbox.Profile{Username: name, DisplayName: "The \x1b[31m" + name + "\u202e"})
	a.Fill(posts, time.Time{}, 6*time.Hour)
	l.Home().Know(a)
	if held > 0 {
		l.Home().HoldNewest(a, held)
	}
	return a
}

func TestLookupJSON(t *testing.T) {
	l := newLab(t)
	l.Home().Follow(l.addAccount("photos.example", "alice", 30, 4))
	status, stdout, stderr := l.run("lookup", "https://photos.example/@Alice", "--json")
	if status != exitDone || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(stdout), &fields); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"type": "account", "account": "alice@photos.example", "following": true, "requested": false,
		"held": 4.0, "held_more": false, "outbox": "readable", "origin_count": 30.0,
		"last_backfill": nil, "next_allowed": nil, "moved_to": nil, "listing": "outbox", "shortfall": "", "group": false, "boosts_only": false,
	}
	for name, value := range want {
		if got, ok := fields[name]; !ok || got != value {
			t.Errorf("%s is %v, want %v", name, got, value)
		}
	}
	all := []string{"type", "account", "id", "display_name", "following", "requested", "held", "held_more", "origin_software",
		"origin_version", "origin_count", "outbox", "routes", "last_backfill", "next_allowed",
		"indexable", "moved_to", "listing", "shortfall", "group", "boosts_only"}
	for name := range fields {
		if !slices.Contains(all, name) {
			t.Errorf("undocumented field %s", name)
		}
	}
	if len(fields) != len(all) || fields["origin_software"] == "" || fields["id"] == "" {
		t.Errorf("%v", fields)
	}
	if routes, _ := json.Marshal(fields["routes"]); string(routes) != `["request","resolve"]` {
		t.Errorf("routes %s", routes)
	}
}

func TestLookupText(t *testing.T) {
	l := newLab(t)
	l.Home().RequestFollow(l.addAccount("photos.example", "alice", 3, 1))
	status, stdout, stderr := l.run("lookup", "alice@photos.example", "nobody@photos.example", "alice@gone.example")
	if status != exitPartial {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{"alice@photos.example\n", "requested, not accepted yet", "about 3 (the origin's count includes boosts and followers-only posts)",
		"resolve", "never", "now"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in\n%s", want, stdout)
		}
	}
	if strings.ContainsAny(stdout, "\x1b\u202e") {
		t.Errorf("control characters of a server: %q", stdout)
	}
	if !strings.Contains(stderr, "tootfill: error: No such account (nobody@photos.example)\n") ||
		!strings.Contains(stderr, "tootfill: error: No such account (alice@gone.example)\n") {
		t.Error(stderr)
	}
}

func TestLookupOfNobody(t *testing.T) {
	l := newLab(t)
	l.AddOrigin("photos.example")
	status, stdout, stderr := l.run("lookup", "nobody@photos.example")
	if status != exitFailed || stdout != "" || !strings.HasPrefix(stderr, "tootfill: error: No such account (nobody@photos.example)\n") {
		t.Errorf("%d, %q, %q", status, stdout, stderr)
	}
	status, stdout, stderr = l.run("lookup", "--json", "nobody@photos.example")
	var line struct{ Code int }
	if err := json.Unmarshal([]byte(stderr), &line); err != nil || status != exitFailed || stdout != "" || line.Code != exitFailed {
		t.Errorf("%d, %q, %q, %v", status, stdout, stderr, err)
	}
}

// TestLookupBeginsWithoutAnEmptyLine: an empty line comes only between accounts.
func TestLookupBeginsWithoutAnEmptyLine(t *testing.T) {
	l := newLab(t)
	l.addAccount("photos.example", "alice", 1, 0)
	_, stdout, _ := l.run("lookup", "nobody@photos.example", "alice@photos.example", "alice@photos.example")
	if !strings.HasPrefix(stdout, "alice@photos.example\n") || strings.Count(stdout, "\n\n") != 1 {
		t.Errorf("%q", stdout)
	}
}

func TestLookupChangesNoLedger(t *testing.T) {
	l := newLab(t)
	l.addAccount("photos.example", "alice", 3, 1)
	l.state += "/none"
	if status, _, stderr := l.run("lookup", "alice@photos.example"); status != exitDone {
		t.Fatal(stderr)
	}
	if files := listFiles(t, l.state); len(files) > 0 {
		t.Errorf("lookup wrote %v", files)
	}
}

func TestLookupAfterABackfill(t *testing.T) {
	l := newLab(t)
	l.Home().Follow(l.addAccount("photos.example", "alice", 3, 1))
	if status, stdout, stderr := l.run("accounts", "backfill", "alice@photos.example"); status != exitDone {
		t.Fatalf("%d\n%s%s", status, stdout, stderr)
	}
	_, stdout, _ := l.run("lookup", "alice@photos.example", "--json")
	var line struct {
		Held         *int
		LastBackfill *time.Time `json:"last_backfill"`
		NextAllowed  *time.Time `json:"next_allowed"`
		Routes       []backfill.Route
	}
	if err := json.Unmarshal([]byte(stdout), &line); err != nil {
		t.Fatal(err)
	}
	if line.LastBackfill == nil || line.NextAllowed == nil || line.Held == nil || *line.Held != 3 {
		t.Fatalf("%+v", line)
	}
	if wait := time.Until(*line.NextAllowed); wait < 59*time.Minute || wait > time.Hour+2*time.Second {
		t.Errorf("next allowed in %s", wait)
	}
	// Home has said that it offers no backfills of its own.
	if !slices.Equal(line.Routes, []backfill.Route{backfill.RouteResolve}) {
		t.Errorf("routes %v", line.Routes)
	}
}

func TestWrongToken(t *testing.T) {
	l := newLab(t)
	l.token = "wrong"
	for _, command := range []string{"lookup", "accounts backfill"} {
		status, stdout, stderr := l.run(append(strings.Fields(command), "alice@photos.example")...)
		if status != exitUnauthorized || stdout != "" || !strings.Contains(stderr, "settings/applications/new") {
			t.Errorf("%s: %d, %q, %q", command, status, stdout, stderr)
		}
	}
	l.token = sandbox.Token
	l.Home().SetScopes(sandbox.Token, "read:accounts read:statuses read:follows")
	if status, _, stderr := l.run("lookup", "alice@photos.example"); status != exitUnauthorized || !strings.Contains(stderr, "read:search") {
		t.Errorf("%d, %s", status, stderr)
	}
}
