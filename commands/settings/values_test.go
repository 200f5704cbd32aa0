package settings

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/replies"
)

// valuesOf reads the settings and returns them by their keys, as "text (from)".
func valuesOf(t *testing.T, o Flags, env ...string) map[string]string {
	t.Helper()
	s, wrong := readerOf(backfilltest.Environment(env...)).ReadAll(o, ByAny)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	shown := make(map[string]string)
	for _, v := range s.Values() {
		shown[v.Key] = v.Text + " (" + v.From + ")"
	}
	return shown
}

// Each setting says where its value comes from.
func TestValues(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	config := write(t, filepath.Join(dir, "c.toml"), wholeConfig+"[servers]\nnever = [\"a.example\", \"*.b.example\"]\n", 0o600)
	shown := valuesOf(t, Flags{Config: config, HomeRate: "2/s", Server: "https://me:sec@ret@file.example"}, "HOME", dir, "TOOTFILL_ORIGIN_RATE", "4/s",
		"TOOTFILL_ACCESS_TOKEN", "secret", "TOOTFILL_ENV_FILE", "", "BACKFILL_ENABLED", "true")
	for key, want := range map[string]string{
		"config":                   config + " (--config)",
		"server":                   "https://me:********@file.example (--server)",
		"access_token":             "******** (TOOTFILL_ACCESS_TOKEN)",
		"access_token_file":        dir + "/token (" + config + ", line 3)",
		"access_token_command":     " (default)",
		"allow_private":            "10.0.0.0/8, ::1 (" + config + ", line 4)",
		"state":                    dir + "/ledger (" + config + ", line 5)",
		"automatic":                "true (BACKFILL_ENABLED in the environment)",
		"limits.per_account":       "2/1h (" + config + ", line 8)",
		"limits.per_account_burst": "2 (" + config + ", line 9)",
		"limits.home":              "2/s (--home-rate)",
		"limits.origin":            "4/s (TOOTFILL_ORIGIN_RATE)",
		"limits.accounts":          "8 (" + config + ", line 12)",
		"servers.never":            "a.example, *.b.example (" + config + ", line 15)",
		"listing.max_pages":        "10000 (default)",
		"respect_indexable":        "false (default)",
	} {
		if shown[key] != want {
			t.Errorf("%s: %s, want %s", key, shown[key], want)
		}
	}
}

// Every key that the config file may have is read from there, and shown with its
// line. The example names them all.
func TestEveryKeyIsShown(t *testing.T) {
	samples := map[string]string{"limits.per_account": `"3/1h"`, "limits.home": `"2/s"`, "limits.origin": `"2/s"`, "limits.max_time": `"2h"`,
		"sidekiq.max_latency": `"5s"`, "listing.robots": `"strict"`, "signing.key_id": `"https://h.example/actor#main-key"`,
		"ping": `"https://h.example/********"`}
	for table, names := range configKeys() {
		for _, name := range names {
			if _, isTable := configKeys()[name]; table == "" && isTable {
				continue
			}
			full := strings.TrimPrefix(table+"."+name, ".")
			k, _ := keyNamed(full)
			value := map[kind]string{aText: `"other.example"`, aPath: `"/other"`, aPlace: `"/other"`, aList: `["10.0.0.1"]`, aCount: "7", aChoice: "true"}[k.kind]
			if sample, ok := samples[full]; ok {
				value = sample
			}
			p := places{getenv: backfilltest.Environment(), file: parsed(t, "c.toml", "# one\n"+full+" = "+value)}
			got := p.choose(full).shown()
			if want := strings.Trim(value, `[]"`); got.Key != full || got.Text != want || got.From != "c.toml, line 2" {
				t.Errorf("%s = %s is shown as %+v", full, value, got)
			}
		}
	}
}

// Flags and variables are called as they are in the table of settings.
func TestPlacesOfSettings(t *testing.T) {
	o := Flags{Config: "--config", State: "--state", Server: "--server", EnvFile: "--env-file", Profile: "--profile",
		HomeRate: "--home-rate", OriginRate: "--origin-rate", Accounts: "--accounts", MaxTime: "--max-time",
		MetricsFile: "--metrics-file", Ping: "--ping", LogFormat: "--log-format", Listen: "--listen"}
	for _, k := range keys() {
		p := places{flags: o, getenv: func(name string) string { return name }}
		if k.given != nil {
			if s := p.choose(k.name); s.value != k.flag || s.from != k.flag {
				t.Errorf("%s: the flag gives %+v", k.name, s)
			}
		}
		p.flags = Flags{}
		if s := p.choose(k.name); k.variable != "" && (s.value != k.variable || s.from != k.variable) {
			t.Errorf("%s: the variable gives %+v", k.name, s)
		}
	}
}

// The defaults are those of the packages that the settings are for.
func TestDefaultsAreTheOthers(t *testing.T) {
	for name, want := range map[string]int{
		"limits.accounts": backfill.DefaultAccounts, "replies.threads": replies.DefaultThreads,
		"replies.per_post": replies.DefaultPerPost, "replies.per_account": replies.DefaultPerAccount,
	} {
		if k, _ := keyNamed(name); k.otherwise != strconv.Itoa(want) {
			t.Errorf("%s: %s, want %d", name, k.otherwise, want)
		}
	}
}

// Whatever is wrong is told, and everything else is read.
func TestReadAll(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	config := write(t, filepath.Join(dir, "c.toml"), "Server = \"h.example\"\nservr = \"x\"\nstate = 3\n[limits]\nhome = \"fast\"\norigin = \"2/s\"\naccounts = 0\n", 0o600)
	s, wrong := readerOf(backfilltest.Environment("HOME", dir, "TOOTFILL_NEVER", "a@b.example")).ReadAll(Flags{Config: config}, ByAny)
	var got []string
	for _, err := range wrong {
		got = append(got, strings.ReplaceAll(err.Error(), config, "c.toml"))
	}
	want := []string{"c.toml, line 2: unknown key servr", "c.toml, line 5: limits.home: ", "c.toml, line 7: limits.accounts must be at least 1", "TOOTFILL_NEVER: "}
	if !slices.EqualFunc(got, want, strings.HasPrefix) || s.Server != "h.example" || s.OriginRate != 2 || s.Ledger.Folder != dir+"/.local/state/tootfill" {
		t.Errorf("%q, %+v", got, s)
	}
	// Without a server, only the file that may have it is to blame.
	write(t, config, "server = \"h.example", 0o600)
	if _, wrong := readerOf(backfilltest.Environment("HOME", dir)).ReadAll(Flags{Config: config}, ByAny); len(wrong) != 1 || !strings.Contains(wrong[0].Error(), "c.toml, line 1: ") {
		t.Errorf("a broken file: %v", wrong)
	}
}

// The settings of an installation, of systemd and of the sandbox are told as such.
func TestValuesFromElsewhere(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, envFileName, "LOCAL_DOMAIN=here.example\nBACKFILL_ENABLED=false\n", 0o600)
	write(t, filepath.Join(dir, "cred/access_token"), "secret", 0o600)
	shown := valuesOf(t, Flags{}, "HOME", dir, "CREDENTIALS_DIRECTORY", dir+"/cred")
	for key, want := range map[string]string{
		"config": " (default)", "server": "here.example (.env.production)", "env_file": ".env.production (the working folder)",
		"access_token": "******** (" + dir + "/cred/access_token)", "automatic": "false (BACKFILL_ENABLED in .env.production)",
		"limits.per_account_burst": "1 (default)",
	} {
		if shown[key] != want {
			t.Errorf("%s: %s, want %s", key, shown[key], want)
		}
	}
	if err := os.Remove(envFileName); err != nil {
		t.Fatal(err)
	}
	shown = valuesOf(t, Flags{}, "HOME", dir, "LOCAL_DOMAIN", "c.example", "DB_HOST", "db", "REDIS_URL", "redis://:secret@r")
	if shown["server"] != "c.example (the environment)" || shown["env_file"] != " (the environment)" {
		t.Errorf("a container: %v", shown)
	}
	shown = valuesOf(t, Flags{Sandbox: true}, "HOME", dir, "TOOTFILL_SERVER", "real.example", "TOOTFILL_ACCESS_TOKEN", "secret")
	if shown["server"] != " (--sandbox)" || shown["access_token"] != " (--sandbox)" || shown["state"] != " (--sandbox)" {
		t.Errorf("the sandbox: %v", shown)
	}
	shown = valuesOf(t, Flags{Config: write(t, filepath.Join(dir, "burst.toml"), "server = \"h.example\"\naccess_token_command = \"echo 0123456789abcdef0123456789abcdef0123456789a\"\n[limits]\nper_account = \"2/1d burst 2\"\n", 0o600)}, "HOME", dir)
	if got := shown["limits.per_account_burst"]; got != "2 ("+dir+"/burst.toml, line 4)" {
		t.Errorf("the burst of the limit: %s", got)
	}
	if got := shown["access_token_command"]; !strings.HasPrefix(got, "echo ******** (") {
		t.Errorf("a token in the command: %s", got)
	}
}
