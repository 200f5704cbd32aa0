//go:build unix

package commands

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
	"tootfill/commands/manual"
)

// goodCalls are command lines that write something, one for each command at least.
var goodCalls = map[string][]string{
	"accounts backfill": {"accounts backfill --not-followed alice@photos.example", "accounts backfill --not-followed alice@photos.example -v", "accounts backfill --not-followed alice@photos.example --json", "accounts backfill --not-followed alice@photos.example --dry-run"},
	"accounts coverage": {"accounts coverage alice@photos.example --fresh", "accounts coverage alice@photos.example --fresh --json", "accounts coverage alice@photos.example --fresh --svg -"},
	"accounts list":     {"accounts list", "accounts list --json"},
	"login":             {"login --code --yes home.example", "login --code --yes --json home.example"},
	"logout":            {"logout", "logout --json"},
	"whoami":            {"whoami", "whoami --json"},
	"lookup":            {"lookup alice@photos.example", "lookup alice@photos.example --json"},
	"queues":            {"queues", "queues --json", "queues --jobs"},
	"config show":       {"config show", "config show --json"},
	"config check":      {"config check", "config check --json"},
	"config init":       {"config init -", "config init --config init.toml", "config init --config json.toml --json"},
	"man":               {"man", "man lookup"},
	"serve":             nil, // it does not end
	"state copy":        nil, // it needs a second ledger
	"completion":        {"completion bash", "completion zsh", "completion fish"},
}

// TestReadersGone: whatever a command writes, somebody who stops reading it, such as
// head, is neither a failure nor worth a message.
func TestReadersGone(t *testing.T) {
	texts, calls := []string{"", "help", "--help", "version", "--version"}, []string(nil)
	for _, topic := range manual.Topics {
		texts = append(texts, "help "+topic.Name)
	}
	app := newApp(Env{})
	var walk func(commands []*cli.Command)
	walk = func(commands []*cli.Command) {
		for _, c := range commands {
			name := strings.TrimPrefix(c.HelpName, app.HelpName+" ")
			texts = append(texts, name+" --help", "help "+name)
			if _, known := goodCalls[name]; len(c.Subcommands) == 0 && !known {
				t.Errorf("no call of %s is tried", name)
			}
			calls = append(calls, goodCalls[name]...)
			walk(c.Subcommands)
		}
	}
	walk(app.Commands)
	for name, read := range map[string]func(*os.File){"at once": nil, "after a line": readLine} {
		for _, line := range texts {
			if status, stderr := runUnread(t, Env{Args: strings.Fields(line), Getenv: backfilltest.Environment()}, read); status != exitDone || stderr != "" {
				t.Errorf("%s, closed %s: status %d, %s", line, name, status, stderr)
			}
		}
		for _, line := range calls {
			t.Run(line+", "+name, func(t *testing.T) {
				if status, stderr := callUnread(t, line, read); status != exitDone || stderr != "" {
					t.Errorf("status %d, %s", status, stderr)
				}
			})
		}
	}
}

// runUnread runs the program with a standard output that its reader closes: at once, or
// when it has read.
func runUnread(t *testing.T, env Env, read func(*os.File)) (status int, stderr string) {
	t.Helper()
	r, out := brokenPipe(t)
	if read == nil {
		_ = r.Close()
	} else {
		go func() { read(r); _ = r.Close() }()
	}
	var errs bytes.Buffer
	env.Stdout, env.Stderr = out, &errs
	return Run(t.Context(), env), errs.String()
}

// readLine is head -1.
func readLine(r *os.File) { _, _ = bufio.NewReaderSize(r, 16).ReadString('\n') }

// callUnread is runUnread with servers. What is said beside the results is returned only
// if it is an error.
func callUnread(t *testing.T, line string, read func(*os.File)) (status int, stderr string) {
	t.Helper()
	l := newLab(t)
	l.addAccount("photos.example", "alice", 12, 3)
	l.Home().SetFault(lettingIn(l.Home()))
	home := t.TempDir()
	t.Chdir(home)
	env := []string{"HOME", home, "TOOTFILL_STATE", l.state, "TOOTFILL_ORIGIN_RATE", "1000/s", "TOOTFILL_HOME_RATE", "unlimited"}
	if strings.HasPrefix(line, "logout") {
		l.logInAt(t, home, strings.NewReader("code\n"), backfill.SystemClock{})
	} else if !strings.HasPrefix(line, "login") {
		env = append(env, "TOOTFILL_SERVER", sandbox.HomeDomain, "TOOTFILL_ACCESS_TOKEN", l.token)
	}
	status, stderr = runUnread(t, Env{
		Args: strings.Fields(line), Stdin: strings.NewReader("code\n"),
		Clock: backfill.SystemClock{}, Network: l.Network(), Getenv: backfilltest.Environment(env...),
	}, read)
	asks := strings.HasPrefix(line, "login") || strings.HasPrefix(line, "queues") || strings.HasPrefix(line, "accounts list") // or say what there is not
	if asks && !strings.Contains(stderr, "error:") {
		return status, ""
	}
	return status, stderr
}

// brokenPipe is a pipe whose writing end behaves as standard output does.
func brokenPipe(t *testing.T) (r, out *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Dup(int(w.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	out = os.NewFile(uintptr(fd), os.Stdout.Name())
	t.Cleanup(func() { _ = out.Close(); _ = r.Close() })
	return r, out
}

// lettingIn is a home that gives every login the sandbox's own token, until it is
// revoked.
func lettingIn(home *sandbox.Home) func(*http.Request, http.Handler) http.Handler {
	return func(r *http.Request, _ http.Handler) http.Handler {
		switch r.URL.Path {
		case "/oauth/token":
			return fault.Respond(200, "application/json", `{"access_token":"`+sandbox.Token+`"}`)
		case "/oauth/revoke":
			home.RevokeToken(sandbox.Token)
			return fault.Respond(200, "application/json", "{}")
		}
		return nil
	}
}
