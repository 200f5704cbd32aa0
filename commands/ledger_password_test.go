package commands

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/testservers"
)

// ledgerPassword is what nobody may ever read.
const ledgerPassword = "Xyzzy-4711"

// TestLedgerPasswordIsNeverShown runs every command with a ledger whose address holds a
// password, in good and in bad cases.
func TestLedgerPasswordIsNeverShown(t *testing.T) {
	server := testservers.StartPostgres(t) // which asks nobody for a password
	good := strings.Replace(server.URL, "postgres@", "postgres:"+ledgerPassword+"@", 1)
	rules := filepath.Join(server.SocketDir, "data", "pg_hba.conf")
	closed := testservers.StartPostgres(t)
	if err := os.WriteFile(filepath.Join(filepath.Dir(strings.Replace(rules, server.SocketDir, closed.SocketDir, 1)), "pg_hba.conf"),
		[]byte("host all all 127.0.0.1/32 scram-sha-256\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	closed.Stop(t)
	closed.Start(t)
	change := func(old, by string) string { return strings.Replace(good, old, by, 1) }
	l := newLab(t)
	l.addAccount("photos.example", "alice", 3, 0)
	if said := l.runWithLedger(t, "variable", good, []string{"config", "show"}); !strings.Contains(said, "postgres:********@127.0.0.1") {
		t.Errorf("the address is not shown: %s", said)
	}
	for name, address := range map[string]string{
		"good":             good,
		"in a parameter":   server.URL + "&password=" + ledgerPassword,
		"wrong host":       change("127.0.0.1", "db.invalid"),
		"wrong password":   strings.Replace(closed.URL, "postgres@", "postgres:"+ledgerPassword+"@", 1),
		"unparsable":       change("postgres:"+ledgerPassword, "postgres:"+ledgerPassword+"/x"),
		"no such mode":     change("disable", "maybe"),
		"no such database": change("/postgres?", "/none?"),
		"TLS refused":      change("disable", "require"),
		"refused port":     "postgres://postgres:" + ledgerPassword + "@127.0.0.1:1/postgres",
		"unknown word":     good + "&pasword=" + ledgerPassword,
		"another scheme":   change("postgres://", "postgress://"),
		"a lost word":      good + "&" + ledgerPassword,
	} {
		t.Run(name, func(t *testing.T) {
			for _, args := range everyCommandLine(t) {
				places := []string{"variable", "flag"}
				if name == "good" || name == "unparsable" {
					places = append(places, "config", "open config")
				}
				for _, place := range places {
					if said := l.runWithLedger(t, place, address, args); strings.Contains(said, ledgerPassword) {
						t.Errorf("%s, %s: %s", place, args, said)
					}
				}
				for _, bad := range []string{"--limit=x", "--stat=" + address} {
					if said := l.runWithLedger(t, "flag", address, append([]string{bad}, args...)); strings.Contains(said, ledgerPassword) {
						t.Errorf("usage, %s: %s", args, said)
					}
				}
			}
		})
	}
}

// everyCommandLine is a command line of each command, and of completion.
func everyCommandLine(t *testing.T) [][]string {
	t.Helper()
	arguments := map[string][]string{
		"tootfill accounts backfill": {"alice@photos.example", "--yes"}, "tootfill accounts coverage": {"alice@photos.example"},
		"tootfill lookup": {"alice@photos.example"}, "tootfill completion": {"bash"}, "tootfill login": {"home.example"},
		"tootfill state copy": {"ADDRESS", "ADDRESS"},
	}
	lines := [][]string{{completeCommand, "accounts", "backfill", ""}, {completeCommand, "accounts", "backfill", "--state", ""}}
	var walk func(commands []*cli.Command)
	walk = func(commands []*cli.Command) {
		for _, c := range commands {
			walk(c.Subcommands)
			if c.Action != nil {
				lines = append(lines, slices.Concat(strings.Fields(c.HelpName)[1:], arguments[c.HelpName]))
			}
		}
	}
	walk(newApp(Env{}).Commands)
	if len(lines) < 12 {
		t.Fatalf("only %d commands were found", len(lines))
	}
	return lines
}

// runWithLedger runs a command line, with all that makes it talk, and returns all that it
// has said and written. place is where the address of the ledger stands.
func (l *lab) runWithLedger(t *testing.T, place, address string, args []string) string {
	t.Helper()
	dir := t.TempDir()
	metrics, config := filepath.Join(dir, "metrics.prom"), filepath.Join(dir, "config.toml")
	env := []string{"TOOTFILL_SERVER", sandbox.HomeDomain, "TOOTFILL_ACCESS_TOKEN", l.token, "TOOTFILL_ORIGIN_RATE", "1000/s",
		"TOOTFILL_HOME_RATE", "unlimited", "TOOTFILL_METRICS_FILE", metrics, "HOME", dir}
	args = strings.Split(strings.ReplaceAll(strings.Join(args, "\n"), "ADDRESS", address), "\n")
	mode := os.FileMode(0o600)
	switch place {
	case "variable":
		env = append(env, "TOOTFILL_STATE", address)
	case "flag":
		if args[0] != completeCommand {
			args = append([]string{"--state", address}, args...)
		}
	case "open config":
		mode = 0o644
		fallthrough
	case "config":
		if err := os.WriteFile(config, fmt.Appendf(nil, "state = %q\n", address), mode); err != nil {
			t.Fatal(err)
		}
		env = append(env, "TOOTFILL_CONFIG", config)
	}
	var said bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if slices.Contains(args, "login") || slices.Contains(args, "serve") {
		cancel() // they wait for somebody
	}
	variants := [][]string{{"--verbose"}, {"--json"}, {"--log-format", "json"}}
	switch {
	case args[0] == completeCommand:
		variants = [][]string{nil}
	case place != "variable":
		variants = variants[:1]
	}
	for _, flags := range variants {
		Run(ctx, Env{
			Args: slices.Concat(flags, args), Stdin: strings.NewReader(""), Stdout: &said, Stderr: &said,
			Clock: l.clock, Network: l.Network(), Getenv: backfilltest.Environment(env...),
		})
	}
	written, err := os.ReadFile(metrics)
	if err == nil {
		said.Write(written)
	}
	return said.String()
}
