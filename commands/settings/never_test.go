package settings

import (
	"errors"
	"fmt"
	"testing"

	"tootfill/backfill"
)

func TestReadNever(t *testing.T) {
	for _, c := range []struct{ file, env, want, from string }{
		{"", "", "[]", "[servers] never"},
		{`never = ["Spam.example", "*.bad.example"]`, "", "[spam.example *.bad.example]", "[servers] never"},
		{`never = ["spam.example"]`, "worse.example, *.bücher.example,", "[worse.example *.xn--bcher-kva.example]", "TOOTFILL_NEVER"},
	} {
		file, err := parseConfig("c.toml", "[servers]\n"+c.file)
		if err != nil {
			t.Fatal(err)
		}
		n, err := readNever(file, func(name string) string {
			if name == "TOOTFILL_NEVER" {
				return c.env
			}
			return ""
		})
		if got := fmt.Sprint(n.Servers); err != nil || got != c.want || n.From != c.from {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
}

func TestABadServerInNever(t *testing.T) {
	for list, want := range map[string]string{
		`["alice@spam.example"]`:   `c.toml: servers.never: "alice@spam.example" has no valid domain`,
		`["spam.example", ""]`:     `c.toml: servers.never: "" has no domain`,
		`["spam.example", "*bad"]`: `c.toml: servers.never: "*bad" has no valid domain`,
	} {
		file, err := parseConfig("c.toml", "[servers]\nnever = "+list)
		if err != nil {
			t.Fatal(err)
		}
		_, err = readNever(file, func(string) string { return "" })
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Message != want || wrong.Hint == (backfill.Hint{}) {
			t.Errorf("%s: %v", list, err)
		}
	}
}
