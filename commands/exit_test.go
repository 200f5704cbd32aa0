package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/commands/settings"
)

func TestExitStatus(t *testing.T) {
	running := context.Background()
	stopped := func(cause error) context.Context {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(cause)
		return ctx
	}
	tests := []struct {
		name string
		ctx  context.Context
		err  error
		want int
	}{
		{"done", running, nil, 0},
		{"failed", running, errors.New("the disk is full"), 1},
		{"home is away", running, &backfill.UnavailableError{Server: "home.example", Err: errors.New("refused")}, 1},
		{"home limits us for long", running, fmt.Errorf("checking: %w", &backfill.UnavailableError{
			Server: "home.example", Err: &backfill.NotNowError{Status: 429}}), 75},
		{"an older process uses the ledger", running, &backfill.Hinted{Err: &backfill.OlderProcessError{PID: 1}}, 75},
		{"usage", running, usagef("", "no"), 2},
		{"malformed handle", running, &fediverse.HandleError{}, 2},
		{"wrong token", running, fmt.Errorf("checking: %w", &backfill.UnauthorizedError{Server: "home.example"}), 4},
		{"no token", running, errors.Join(&settings.TokenError{Message: "none"}), 4},
		{"interrupted", stopped(&Interrupted{syscall.SIGINT}), &Interrupted{syscall.SIGINT}, 130},
		{"terminated", stopped(&Interrupted{syscall.SIGTERM}), context.Canceled, 143},
		{"cancelled without a signal", stopped(nil), context.Canceled, 130},
		{"done in spite of a signal", stopped(&Interrupted{syscall.SIGINT}), nil, 0},
		{"all accounts failed", running, tally{Accounts: 2, Failed: 2}.result(), 1},
		{"one of two failed", running, tally{Accounts: 2, Failed: 1}.result(), 3},
		{"posts failed", running, tally{Accounts: 1, Partial: 1}.result(), 3},
		{"failed and deferred", running, tally{Accounts: 2, Failed: 1, Deferred: 1}.result(), 3},
		{"partial and deferred", running, tally{Accounts: 2, Partial: 1, Deferred: 1}.result(), 3},
		{"deferred", running, tally{Accounts: 2, Deferred: 1}.result(), 75},
		{"only bad lines", running, tally{BadLines: 2}.result(), 1},
		{"bad lines and failed accounts", running, tally{Accounts: 1, Failed: 1, BadLines: 1}.result(), 1},
		{"some bad lines", running, tally{Accounts: 1, BadLines: 1}.result(), 3},
		{"all well", running, tally{Accounts: 3}.result(), 0},
		{"nothing to do", running, tally{}.result(), 0},
	}
	for _, tt := range tests {
		if got := exitStatus(tt.ctx, tt.err); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestTellProblem(t *testing.T) {
	unauthorized := &backfill.UnauthorizedError{Server: "home.example", Scope: "read:search"}
	tests := []struct {
		name string
		err  error
		json bool
		want string
	}{
		{"hint", &backfill.Hinted{Err: errors.New("it is broken"), Hint: backfill.Say("mend it")}, false,
			"tootfill: error: it is broken\ntootfill: hint: mend it\n"},
		{"without a hint", errors.New("it is broken"), false, "tootfill: error: it is broken\n"},
		{"control characters", errors.New("bad \x1b[31mred\nline"), false, "tootfill: error: bad red line\n"},
		{"as JSON", usagef("look & see", "no <such> thing"), true,
			`{"type":"error","code":9,"message":"no <such> thing","hint":"look & see"}` + "\n"},
		{"missing scope", unauthorized, false, "tootfill: error: the access token for home.example lacks the scope read:search\n" +
			"tootfill: hint: " + tokenHint("home.example", "", "") + "\n"},
		{"home limits us for long", &backfill.UnavailableError{Server: "home.example", Err: &backfill.NotNowError{Status: 429, Message: "Throttled"}}, false,
			"tootfill: error: home.example says not now (429: Throttled)\n" +
				"tootfill: hint: try again later; what was done so far is saved\n"},
		{"home is away", &backfill.UnavailableError{Server: "home.example", Err: errors.New("refused")}, false,
			"tootfill: error: home.example cannot be reached: refused\n" +
				"tootfill: hint: check the server's name, and whether it is up\n"},
		{"told already", tally{Deferred: 1}.result(), false, ""},
		{"none", nil, false, ""},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		Env{Stderr: &out, Getenv: backfilltest.Environment()}.tell(tt.json, 9, tt.err)
		if out.String() != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, out.String(), tt.want)
		}
	}
}
