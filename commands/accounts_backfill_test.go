package commands

import (
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
)

// listFiles returns the files below dir and their contents.
func listFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestBackfillFromAllSources(t *testing.T) {
	l := newLab(t)
	named := l.addAccount("photos.example", "alice", 5, 1)
	listed := l.addAccount("notes.example", "ben", 4, 0)
	followed := l.addAccount("words.example", "ana", 3, 0)
	for _, a := range []*sandbox.Account{named, listed, followed} {
		l.Home().Follow(a)
	}
	l.stdin = "ben@notes.example\nalice@photos.example\nnobody\n"
	status, stdout, stderr := l.run("accounts", "backfill", "alice@photos.example", "--from", "-", "--following")
	if status != exitPartial {
		t.Errorf("status %d for a list with a bad line\n%s%s", status, stdout, stderr)
	}
	if !strings.Contains(stderr, "standard input, line 3: ") || !strings.Contains(stdout, "Visited 3 accounts, imported 11 posts, 1 already held") {
		t.Errorf("%s%s", stdout, stderr)
	}
	for _, a := range []*sandbox.Account{named, listed, followed} {
		if got, want := len(l.Home().Held(a)), len(a.Eligible()); got != want {
			t.Errorf("home has %d of %d posts of %s", got, want, a.Handle())
		}
	}
}

func TestDueResumesDeferredAccounts(t *testing.T) {
	l := newLab(t)
	a := l.addAccount("photos.example", "alice", 5, 1)
	l.Home().RequestFollow(a)
	if status, stdout, stderr := l.run("accounts", "backfill", "alice@photos.example"); status != exitLater {
		t.Fatalf("%d\n%s%s", status, stdout, stderr)
	}
	l.Home().AcceptFollow(a)
	if status, stdout, _ := l.run("accounts", "backfill", "--due"); status != exitDone || !strings.Contains(stdout, "Visited 0 accounts") {
		t.Errorf("%d, %s", status, stdout)
	}
	l.clock = backfilltest.Later{By: 61 * time.Minute}
	if status, stdout, stderr := l.run("accounts", "backfill", "--due"); status != exitDone || !strings.Contains(stdout, "imported 4 posts") {
		t.Errorf("%d, %s%s", status, stdout, stderr)
	}
}

// An account that a run has finished within the hour is done; what that run was not
// asked for waits.
func TestTheHourlyLimit(t *testing.T) {
	l := newLab(t)
	l.Home().Follow(l.addAccount("photos.example", "alice", 5, 1))
	for _, c := range []struct {
		limit  string
		status int
		says   string
	}{
		{"3", exitDone, "imported 2 posts, 1 already held"},
		{"3", exitDone, "1 account was filled within the last hour, nothing to do"},
		{"2", exitDone, "1 account was filled within the last hour, nothing to do"},
		{"0", exitLater, "deferred: next allowed at"},
		{"3", exitLater, "deferred: next allowed at"}, // it is recorded that more is wanted
	} {
		status, stdout, stderr := l.run("accounts", "backfill", "alice@photos.example", "--limit", c.limit)
		if status != c.status || !strings.Contains(stdout, c.says) || stderr != "" {
			t.Errorf("--limit %s: status %d, want %d\n%s%s", c.limit, status, c.status, stdout, stderr)
		}
	}
	l.clock = backfilltest.Later{By: 61 * time.Minute}
	if status, stdout, _ := l.run("accounts", "backfill", "--due"); status != exitDone || !strings.Contains(stdout, "imported 2 posts, 3 already held") {
		t.Errorf("--due: status %d\n%s", status, stdout)
	}
}

// An account deleted on its server must not make every cron run fail.
func TestADeletedAccountIsNoFailure(t *testing.T) {
	l := newLab(t)
	a := l.addAccount("photos.example", "alice", 5, 1)
	l.Home().Follow(a)
	l.Home().Follow(l.addAccount("notes.example", "ben", 2, 0))
	a.Suspend()
	status, stdout, stderr := l.run("accounts", "backfill", "--following", "--json")
	if status != exitDone || !strings.Contains(stdout, `"status":"skipped"`) || !strings.Contains(stdout, `"cause":"gone"`) {
		t.Errorf("%d, %s%s", status, stdout, stderr)
	}
}

// Every later run keeps a day's pause that an origin asks for, for all of its
// accounts.
func TestAnOriginsPauseIsKept(t *testing.T) {
	l := newLab(t)
	for _, name := range []string{"alice", "anna"} {
		l.Home().Follow(l.addAccount("photos.example", name, 5, 1))
	}
	origin := l.Origin("photos.example")
	origin.SetFault(func(r *http.Request, _ http.Handler) http.Handler {
		return fault.Fail(http.StatusTooManyRequests, "Retry-After", "86400")
	})
	for _, name := range []string{"alice", "alice", "anna"} {
		if status, stdout, stderr := l.run("accounts", "backfill", name+"@photos.example"); status != exitLater || !strings.Contains(stdout, "photos.example asks for a pause") {
			t.Errorf("%d, %s%s", status, stdout, stderr)
		}
	}
	if n := origin.RequestCount(); n != 1 {
		t.Errorf("%d requests within the pause", n)
	}
	origin.SetFault(nil)
	l.clock = backfilltest.Later{By: 25 * time.Hour}
	if status, stdout, stderr := l.run("accounts", "backfill", "--due"); status != exitDone || !strings.Contains(stdout, "Visited 2 accounts, imported 8 posts") {
		t.Errorf("%d, %s%s", status, stdout, stderr)
	}
}

// The same for home, which is not even asked whether the token is valid.
func TestHomesPauseIsKept(t *testing.T) {
	l := newLab(t)
	l.Home().Follow(l.addAccount("photos.example", "alice", 5, 1))
	l.Home().SetFault(func(r *http.Request, _ http.Handler) http.Handler {
		return fault.Fail(http.StatusTooManyRequests, "Retry-After", "86400")
	})
	for range 3 {
		status, stdout, stderr := l.run("accounts", "backfill", "alice@photos.example")
		if status != exitLater || !strings.Contains(stderr, "it asks to wait until") {
			t.Errorf("%d, %s%s", status, stdout, stderr)
		}
	}
	if n := l.Home().RequestCount(); n != 1 {
		t.Errorf("%d requests within the pause", n)
	}
	l.Home().SetFault(nil)
	l.clock = backfilltest.Later{By: 25 * time.Hour}
	if status, stdout, stderr := l.run("accounts", "backfill", "alice@photos.example"); status != exitDone || !strings.Contains(stdout, "imported 4 posts") {
		t.Errorf("%d, %s%s", status, stdout, stderr)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	l := newLab(t)
	a := l.addAccount("photos.example", "alice", 5, 1)
	l.Home().Follow(a)
	status, stdout, stderr := l.run("accounts", "backfill", "alice@photos.example", "--dry-run")
	if status != exitDone || !strings.Contains(stdout, "would import 4 posts") || !strings.Contains(stdout, "(DRY RUN)") {
		t.Errorf("%d, %s%s", status, stdout, stderr)
	}
	if files := listFiles(t, l.state); len(files) > 0 || len(l.Home().Imports()) > 0 {
		t.Errorf("a dry run wrote %v and imported %v", files, l.Home().Imports())
	}
}

func TestWarnsOfAnOldHome(t *testing.T) {
	l := newLab(t)
	l.Home().SetSoftware("mastodon", "3.5.19")
	l.Home().Follow(l.addAccount("photos.example", "alice", 3, 1))
	status, _, stderr := l.run("accounts", "backfill", "alice@photos.example")
	if status != exitDone || !strings.Contains(stderr, "home.example runs Mastodon 3.5.19") {
		t.Errorf("%d, %s", status, stderr)
	}
}

func TestOnlyBadLines(t *testing.T) {
	l := newLab(t)
	l.stdin = "nobody\n"
	if status, _, _ := l.run("accounts", "backfill", "--from", "-"); status != exitFailed {
		t.Errorf("status %d", status)
	}
}

func TestASignalBeforeTheEnd(t *testing.T) {
	l := newLab(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(&Interrupted{Signal: syscall.SIGTERM})
	var stdout, stderr bytes.Buffer
	status := Run(ctx, Env{
		Args: []string{"accounts", "backfill", "alice@photos.example"}, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		Getenv: backfilltest.Environment("TOOTFILL_SERVER", sandbox.HomeDomain, "TOOTFILL_ACCESS_TOKEN", sandbox.Token, "TOOTFILL_STATE", l.state),
		Clock:  backfill.SystemClock{}, Network: l.Network(),
	})
	if status != 143 || strings.Contains(stderr.String(), "error") {
		t.Errorf("%d, %s%s", status, &stdout, &stderr)
	}
}

func TestSandboxFlag(t *testing.T) {
	env, stdout, stderr := testEnv("--sandbox", "accounts", "backfill", "gallery@photos.example", "--limit", "10")
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	if status := Run(context.Background(), env); status != exitDone {
		t.Errorf("%d, %s%s", status, stdout, stderr)
	}
	if files := listFiles(t, dir); len(files) > 0 {
		t.Errorf("the sandbox left %d files behind", len(files))
	}
}
