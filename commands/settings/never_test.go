package settings

import (
	"errors"
	"fmt"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

func TestReadNever(t *testing.T) {
	for _, c := range []struct{ file, env, want, from string }{
		{"", "", "[]", "[servers] never"},
		{`never = ["Spam.example", "*.bad.example"]`, "", "[spam.example *.bad.example]", "[servers] never"},
		{`never = ["spam.example"]`, "worse.example, *.bücher.example,", "[worse.example *.xn--bcher-kva.example]", "TOOTFILL_NEVER"},
	} {
		p := places{getenv: backfilltest.Environment("TOOTFILL_NEVER", c.env), file: parsed(t, "c.toml", "[servers]\n"+c.file)}
		var s Settings
		err := s.readNever(p)
		if got := fmt.Sprint(s.Never.Servers); err != nil || got != c.want || s.Never.From != c.from {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
}

func TestABadServerInNever(t *testing.T) {
	for list, want := range map[string]string{
		`["alice@spam.example"]`:   `c.toml, line 2: servers.never: "alice@spam.example" has no valid domain`,
		`["spam.example", ""]`:     `c.toml, line 2: servers.never: "" has no domain`,
		`["spam.example", "*bad"]`: `c.toml, line 2: servers.never: "*bad" has no valid domain`,
	} {
		var s Settings
		err := s.readNever(places{getenv: backfilltest.Environment(), file: parsed(t, "c.toml", "[servers]\nnever = "+list)})
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Message != want || wrong.Hint == (backfill.Hint{}) {
			t.Errorf("%s: %v", list, err)
		}
	}
}
