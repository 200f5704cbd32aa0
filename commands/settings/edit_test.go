package settings

import (
	"errors"
	"testing"
)

func TestEdit(t *testing.T) {
	both := []change{{"server", "home.example"}, {"access_token_file", "access_token"}}
	for _, c := range []struct {
		name, text, table string
		changes           []change
		want              string // empty for an odd layout
	}{
		{"an empty file", "", "", both, "server = \"home.example\"\naccess_token_file = \"access_token\"\n"},
		{"comments first", "# Mine.\n# Really.\n\nstate = 's'\n", "", both,
			"# Mine.\n# Really.\n\nserver = \"home.example\"\naccess_token_file = \"access_token\"\nstate = 's'\n"},
		{"keys in their place", "state = 's'\nserver = 'old' # the old one\r\n[limits]\naccounts = 2\n", "", both,
			"access_token_file = \"access_token\"\nstate = 's'\nserver = \"home.example\" # the old one\r\n[limits]\naccounts = 2\n"},
		{"only tables", "[limits]\naccounts = 2\n", "", both, "server = \"home.example\"\naccess_token_file = \"access_token\"\n[limits]\naccounts = 2\n"},
		{"a list over lines", "allow_private = [\n  \"::1\",\n]\n", "", both,
			"server = \"home.example\"\naccess_token_file = \"access_token\"\nallow_private = [\n  \"::1\",\n]\n"},
		{"a new table", "server = 'a'", "profiles.work", both,
			"server = 'a'\n\n[profiles.work]\nserver = \"home.example\"\naccess_token_file = \"access_token\"\n"},
		{"a table that is there", "[profiles.work]\n# w\nserver = 'a'\n[limits]\naccounts = 2\n", "profiles.work", both,
			"[profiles.work]\n# w\nserver = \"home.example\"\naccess_token_file = \"access_token\"\n[limits]\naccounts = 2\n"},
		{"a key that goes", "access_token_command = \"pass x\"\nserver = 's'\n", "", []change{{"access_token_command", ""}},
			"# access_token_command = \"pass x\"\nserver = 's'\n"},
		{"a key that is not there", "server = 's'\n", "profiles.work", []change{{"access_token_file", ""}}, "server = 's'\n"},
		{"a text that needs care", "", "", []change{{"access_token_file", `C:\a "b"`}}, "access_token_file = 'C:\\a \"b\"'\n"},
		{"an inline table", "profiles = {work = {server = 'a'}}\n", "profiles.work", both, ""},
		{"dotted keys", "profiles.work.server = 'a'\n", "profiles.work", both, ""},
		{"a text over lines", "server = '''\na'''\n", "", both, ""},
		{"a table within a text", "state = '''\n[x]\nserver = 'b'\n'''\nserver = 'a'\n", "", both, ""},
	} {
		got, err := edit(c.text, c.table, c.changes)
		if got != c.want || (err != nil) != (c.want == "") || err != nil && !errors.Is(err, errOddLayout) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}
