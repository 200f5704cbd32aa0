package commands

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"tootfill/backfill"
)

func testEnv(args ...string) (Env, *bytes.Buffer, *bytes.Buffer) {
	var stdout, stderr bytes.Buffer
	return Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		Getenv: func(string) string { return "" }, Clock: backfill.SystemClock{},
	}, &stdout, &stderr
}

func TestArrange(t *testing.T) {
	tests := []struct {
		name, in, want string
	}{
		{"flags behind arguments", "accounts backfill --limit 2 a@b --dry-run", "accounts backfill --limit=2 --dry-run -- a@b"},
		{"flags between arguments", "accounts backfill a@b -n c@d", "accounts backfill --dry-run -- a@b c@d"},
		{"shared flags before the command", "--sandbox -q accounts backfill a@b", "accounts backfill --sandbox --quiet -- a@b"},
		{"shared flags in the middle", "accounts --json backfill a@b", "accounts backfill --json -- a@b"},
		{"shared flags behind", "lookup a@b --config x.toml", "lookup --config=x.toml -- a@b"},
		{"short flags in one word", "accounts backfill -nv a@b", "accounts backfill --dry-run --verbose -- a@b"},
		{"short flag with its value", "accounts backfill -c4 a@b", "accounts backfill --concurrency=4 -- a@b"},
		{"short flag with =", "accounts backfill -c=4 a@b", "accounts backfill --concurrency=4 -- a@b"},
		{"short flags, the last with a value", "accounts backfill -nc 4 a@b", "accounts backfill --dry-run --concurrency=4 -- a@b"},
		{"value with =", "accounts backfill --since=90d a@b", "accounts backfill --since=90d -- a@b"},
		{"negative value", "accounts backfill --limit -5 a@b", "accounts backfill --limit=-5 -- a@b"},
		{"stdin is a value", "accounts backfill --from - --due", "accounts backfill --from=- --due --"},
		{"stdin is an argument", "accounts backfill -", "accounts backfill -- -"},
		{"after -- nothing is a flag", "accounts backfill -n -- --limit", "accounts backfill --dry-run -- --limit"},
		{"-- before the command", "-- lookup -q", "lookup -- -q"},
		{"repeated", "accounts backfill --from a --from b,c", "accounts backfill --from=a --from=b,c --"},
		{"switch turned off", "accounts backfill --dry-run=false a@b", "accounts backfill --dry-run=false -- a@b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env, _, _ := testEnv()
			o, err := arrange(newApp(env), strings.Fields(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			words := append(strings.Fields(o.command.HelpName)[1:], o.args...)
			if got := strings.Join(words, " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestArrangeRefuses(t *testing.T) {
	tests := []struct{ in, message, hint string }{
		{"accounts", "accounts needs a command: backfill, list, coverage", "see tootfill accounts --help"},
		{"--sandbox", "no command given", "see tootfill --help"},
		{"acounts backfill", `unknown command "acounts"`, "did you mean accounts?"},
		{"accounts bakfill", `unknown command "bakfill"`, "did you mean accounts backfill?"},
		{"queuez", `unknown command "queuez"`, "did you mean queues?"},
		{"timelines", `unknown command "timelines"`, "see tootfill --help"},
		{"accounts backfill --dryrun a@b", "unknown flag --dryrun", "did you mean --dry-run?"},
		{"accounts backfill a@b --dryrun", "unknown flag --dryrun", "did you mean --dry-run?"},
		{"accounts backfill -x a@b", "unknown flag -x", "see tootfill accounts backfill --help"},
		{"accounts backfill -limit 3 a@b", "unknown flag -limit", "write --limit"},
		{"accounts backfill --n a@b", "unknown flag --n", "see tootfill accounts backfill --help"},
		{"--limit 3 accounts backfill a@b", "unknown flag --limit before the command", "see tootfill --help"},
		{"accounts backfill a@b --limit", "--limit needs a value", "see tootfill accounts backfill --help"},
		{"accounts backfill --limit --dry-run a@b", "--limit needs a value", "see tootfill accounts backfill --help"},
		{"accounts backfill --since -n a@b", "--since needs a value", "see tootfill accounts backfill --help"},
		{"accounts backfill --dry-run=yes a@b", "--dry-run takes no value", "write --dry-run alone"},
		{"lookup --limit 3 a@b", "unknown flag --limit", "see tootfill lookup --help"},
		{"help nothing", `there is neither a command nor a topic "nothing"`, "see tootfill --help"},
		{"help exit-statuses", `there is neither a command nor a topic "exit-statuses"`, "did you mean exit-status?"},
		{"help lokup", `there is neither a command nor a topic "lokup"`, "did you mean lookup?"},
		{"help accounts bakfill", `unknown command "bakfill"`, "did you mean accounts backfill?"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			env, stdout, stderr := testEnv(strings.Fields(tt.in)...)
			if status := Run(context.Background(), env); status != exitUsage {
				t.Errorf("status %d", status)
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout: %s", stdout)
			}
			want := "tootfill: error: " + tt.message + "\ntootfill: hint: " + tt.hint + "\n"
			if stderr.String() != want {
				t.Errorf("got  %swant %s", stderr, want)
			}
		})
	}
}

func TestHelpAndVersion(t *testing.T) {
	tests := []struct{ in, want string }{
		{"--help", "tootfill lookup "},
		{"-h", "EXAMPLES:"},
		{"help", "EXIT STATUS:"},
		{"accounts --help", "tootfill accounts backfill"},
		{"accounts help backfill", "--concurrency N, -c N"},
		{"help accounts backfill", "--sandbox"},
		{"accounts backfill a@b --limit 3 -h", "EXIT STATUS:"},
		{"lookup --help", "--home-rate"},
		{"lookup --help", "--sandbox"},
		{"--version", "tootfill devel (go"},
		{"version", "tootfill devel (go"},
	}
	for _, tt := range tests {
		env, stdout, stderr := testEnv(strings.Fields(tt.in)...)
		if status := Run(context.Background(), env); status != exitDone {
			t.Errorf("%s: status %d", tt.in, status)
		}
		if !strings.Contains(stdout.String(), tt.want) || stderr.Len() > 0 {
			t.Errorf("%s: stdout %s\nstderr %s", tt.in, stdout, stderr)
		}
	}
}

// Whatever is on the command line, no flag may end up as an argument.
func FuzzArrange(f *testing.F) {
	f.Add("accounts\x00backfill\x00a@b\x00--dry-run")
	f.Add("--sandbox\x00lookup\x00-q\x00--\x00-x")
	f.Add("accounts\x00backfill\x00-nc\x004\x00--from=-")
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, "\x00")
		env, _, _ := testEnv()
		o, err := arrange(newApp(env), words)
		if err != nil || o.help || o.version {
			return
		}
		end := slices.Index(o.args, "--")
		allowed := slices.Index(words, "--")
		if allowed < 0 {
			allowed = len(words)
		}
		for _, argument := range o.args[end+1:] {
			if strings.HasPrefix(argument, "-") && argument != "-" && !slices.Contains(words[allowed:], argument) {
				t.Errorf("%q became an argument", argument)
			}
		}
	})
}

func TestJSONAsked(t *testing.T) {
	for in, want := range map[string]bool{
		"lookup --json": true, "--json=true lookup": true, "lookup --json=false": false,
		"lookup -- --json": false, "lookup a@b": false,
	} {
		if got := jsonAsked(strings.Fields(in)); got != want {
			t.Errorf("%s: %v", in, got)
		}
	}
}
