package settings

import (
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/backfilltest"
)

// otherKinds are values in TOML, by the kind of key that they are good for.
var otherKinds = map[string]func(kind) bool{
	`"text"`:     func(k kind) bool { return k == aText || k == aPath || k == aPlace },
	`7`:          func(k kind) bool { return k == aCount },
	`true`:       func(k kind) bool { return k == aChoice },
	`["a", "b"]`: func(k kind) bool { return k == aList },
	`["a", 1]`:   func(kind) bool { return false },
	`1.5`:        func(kind) bool { return false },
	`2026-01-01`: func(kind) bool { return false },
	`{a = 1}`:    func(kind) bool { return false },
	`-7`:         func(kind) bool { return false },
}

// badValues are of the right kind for their keys, but mean nothing.
var badValues = map[string]string{
	"server": `"a b"`, "access_token_file": `"nowhere"`, "access_token_command": `"'"`, "allow_private": `["10.0.0.0/99"]`,
	"env_file": `"nowhere"`, "ping": `"hc-ping.com/x"`, "log_format": `"xml"`, "limits.per_account": `"often"`, "limits.home": `"fast"`,
	"limits.origin": `"unlimited"`, "limits.max_time": `"long"`, "servers.never": `["a b"]`, "signing.key_id": `"not a URL"`,
	"signing.private_key_file": `"nowhere"`, "listing.robots": `"never"`, "sidekiq.max_latency": `"long"`, "state": `"postgres://:x"`,
	"service.listen": `"nowhere"`, "service.trusted_proxies": `["10.0.0.0/99"]`,
}

// neverBad are keys for which every text is a value: paths of what may come into being.
var neverBad = map[string]bool{"metrics_file": true}

// TestWrongValuesHaveTheirLine: whatever is wrong with a key is told with the file and
// the line.
func TestWrongValuesHaveTheirLine(t *testing.T) {
	for _, k := range keys() {
		if k.kind == outside {
			continue
		}
		for value, good := range otherKinds {
			if !good(k.kind) {
				checkLine(t, k.name, value)
			}
		}
		switch bad, known := badValues[k.name]; {
		case known:
			checkLine(t, k.name, bad)
		case k.kind != aCount && k.kind != aChoice && !neverBad[k.name]:
			t.Errorf("no bad value is tried for %s", k.name)
		}
	}
}

// checkLine wants the one error of a file to name the line of the key.
func checkLine(t *testing.T, name, value string) {
	t.Helper()
	dir := t.TempDir()
	table, inner, below := strings.Cut(name, ".")
	text := "\n" + name + " = " + value + "\n"
	if below {
		text = "[" + table + "]\n" + inner + " = " + value + "\n"
	}
	if name == "signing.key_id" {
		text += "private_key_file = \"nowhere\"\n"
	}
	if name == "signing.private_key_file" {
		text += "key_id = \"https://home.example/actor#main-key\"\n"
	}
	config := write(t, filepath.Join(dir, "c.toml"), text, 0o600)
	env := []string{"HOME", dir, "TOOTFILL_SERVER", "home.example"}
	if name == "server" {
		env = env[:2]
	}
	s, wrong := readerOf(backfilltest.Environment(env...)).ReadAll(Flags{Config: config}, ByAny)
	switch name {
	case "access_token_file", "access_token_command":
		_, err := s.Token.Read(t.Context(), t.Output())
		wrong = append(wrong, err)
	case "signing.private_key_file":
		if s.Signing.ID != "" {
			_, err := s.Signing.Read()
			wrong = append(wrong, err)
		}
	}
	for _, err := range wrong {
		if err != nil && strings.HasPrefix(err.Error(), config+", line 2: ") {
			return
		}
	}
	t.Errorf("%s = %s: %v", name, value, wrong)
}
