package settings

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/limit"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/postgres"
	"tootfill/backfill/sidekiq"
)

func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	// The umask may have cleared some bits.
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// readerOf reads the settings of an environment, Mastodon's as the program does.
func readerOf(getenv func(string) string) Reader {
	return Reader{
		Getenv: getenv, SameServer: mastodon.SameServer, CheckServer: mastodon.CheckServer,
		Domains: func(getenv func(string) string) (web, local string, err error) {
			o, err := postgres.OptionsFromEnv(getenv)
			return o.WebDomain, o.LocalDomain, err
		},
		HasRedis: func(getenv func(string) string) (bool, error) {
			o, err := sidekiq.OptionsFromEnv(getenv)
			return o.Redis.Variables != "", err
		},
	}
}

const wholeConfig = `
server = "file.example"
access_token_file = "token"
allow_private = ["10.0.0.0/8", "::1"]
state = "ledger"

[limits]
per_account = "2/1h"
per_account_burst = 2
home = "3/s"
origin = "0.5/s"
accounts = 8
max_time = "50m"
`

func TestSettingsPrecedence(t *testing.T) {
	home := t.TempDir()
	config := write(t, filepath.Join(home, ".config/tootfill/config.toml"), wholeConfig, 0o644)
	env := []string{"HOME", home}
	s, err := readerOf(backfilltest.Environment(env...)).Read(Flags{}, ByAny)
	if err != nil {
		t.Fatal(err)
	}
	if s.Server != "file.example" || s.HomeRate != limit.PerSecond(3) || s.OriginRate != 0.5 || s.Accounts != 8 || s.MaxTime != 50*time.Minute {
		t.Errorf("from the file: %+v", s)
	}
	if s.Limit.N != 2 || s.Limit.Per != time.Hour || s.Limit.Burst != 2 {
		t.Errorf("limit %+v", s.Limit)
	}
	if s.Ledger.Folder != filepath.Join(filepath.Dir(config), "ledger") || s.Token.file != filepath.Join(filepath.Dir(config), "token") {
		t.Errorf("paths are not relative to the config: %s, %s", s.Ledger.Folder, s.Token.file)
	}
	if len(s.AllowPrivate) != 2 || s.AllowPrivate[0].String() != "10.0.0.0/8" || s.AllowPrivate[1].String() != "::1/128" {
		t.Errorf("networks %v", s.AllowPrivate)
	}

	env = append(env, "TOOTFILL_SERVER", "env.example", "TOOTFILL_HOME_RATE", "unlimited", "TOOTFILL_ORIGIN_RATE", "2/s", "TOOTFILL_ACCOUNTS", "16", "TOOTFILL_MAX_TIME", "2h",
		"TOOTFILL_STATE", "/env", "TOOTFILL_ALLOW_PRIVATE", " 192.168.1.7, fd00::/8,", "STATE_DIRECTORY", "/sys:/other")
	if s, err = readerOf(backfilltest.Environment(env...)).Read(Flags{}, ByAny); err != nil {
		t.Fatal(err)
	}
	if s.Server != "env.example" || s.HomeRate != limit.Unlimited || s.OriginRate != 2 || s.Accounts != 16 || s.MaxTime != 2*time.Hour || s.Ledger.Folder != "/env" || len(s.AllowPrivate) != 2 {
		t.Errorf("from the environment: %+v", s)
	}

	flags := Flags{Server: "flag.example", State: "/flag", HomeRate: "auto", OriginRate: "4/s", Accounts: "1", MaxTime: "90s"}
	if s, err = readerOf(backfilltest.Environment(env...)).Read(flags, ByAny); err != nil {
		t.Fatal(err)
	}
	if s.Server != "flag.example" || s.HomeRate != limit.Auto || s.OriginRate != 4 || s.Accounts != 1 || s.MaxTime != 90*time.Second || s.Ledger.Folder != "/flag" {
		t.Errorf("from the flags: %+v", s)
	}
}

func TestSettingsDefaults(t *testing.T) {
	s, err := readerOf(backfilltest.Environment("HOME", t.TempDir())).Read(Flags{Server: "home.example"}, ByAny)
	if err != nil {
		t.Fatal(err)
	}
	if s.Limit.N != 1 || s.Limit.Per != time.Hour || s.Limit.Burst != 1 || s.HomeRate != limit.Auto || s.OriginRate != 1 {
		t.Errorf("%+v", s)
	}
}

func TestSandboxIgnoresTheServerSettings(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, ".config/tootfill/config.toml"), "broken", 0o644)
	s, err := readerOf(backfilltest.Environment("HOME", home, "TOOTFILL_SERVER", "real.example",
		"TOOTFILL_ACCESS_TOKEN", "real", "TOOTFILL_STATE", "/real")).Read(Flags{Sandbox: true}, ByAny)
	if err != nil {
		t.Fatal(err)
	}
	if s.Server == "real.example" || s.Token.environment == "real" || s.Ledger.Folder != "" {
		t.Errorf("%+v", s)
	}
}

func TestConfigFiles(t *testing.T) {
	dir := t.TempDir()
	xdg := write(t, filepath.Join(dir, "xdg/tootfill/config.toml"), `server = "xdg.example"`, 0o644)
	named := write(t, filepath.Join(dir, "named.toml"), `server = "named.example"`, 0o644)
	env := []string{"HOME", filepath.Join(dir, "nobody"), "XDG_CONFIG_HOME", filepath.Join(dir, "xdg")}
	tests := []struct {
		flag string
		env  []string
		want string
	}{
		{"", env, xdg},
		{"", append(env, "TOOTFILL_CONFIG", named), named},
		{named, append(env, "TOOTFILL_CONFIG", "/nowhere"), named},
		{"", []string{"XDG_CONFIG_HOME", "relative/is/ignored"}, ""},
	}
	for _, tt := range tests {
		c, err := findConfig(tt.flag, backfilltest.Environment(tt.env...))
		if err != nil || c.path != tt.want && tt.want != "" {
			t.Errorf("%v: %q, %v", tt, c.path, err)
		}
	}
	if _, err := findConfig(filepath.Join(dir, "missing"), backfilltest.Environment()); !errors.Is(err, os.ErrNotExist) || !isUsage(err) {
		t.Errorf("a named file that is missing: %v", err)
	}
}

func TestConfigErrors(t *testing.T) {
	tests := []struct{ text, message, hint string }{
		{"\n\nservr = \"x\"", "c.toml, line 3: unknown key servr", "did you mean server?"},
		{"[limits]\n# more\nhom = \"auto\"", "c.toml, line 3: unknown key limits.hom", "did you mean home?"},
		{"limits.hom = \"auto\"", "c.toml, line 1: unknown key limits.hom", "did you mean home?"},
		{"[limit]\nhome = \"auto\"", "c.toml, line 1: unknown key limit", "did you mean limits?"},
		{"token = \"x\"", "c.toml, line 1: unknown key token",
			"known keys are server, access_token_file, access_token_command, allow_private, state, env_file, " +
				"rest_on_secure_origins, respect_indexable, automatic, metrics_file, ping, log_format, limits, servers, signing, listing, sidekiq, replies, service, profiles"},
		{"server = 3", "c.toml, line 1: server must be a string, not a whole number", ""},
		{"\nallow_private = \"10.0.0.0/8\"", "c.toml, line 2: allow_private must be a list of strings, not a string", ""},
		{"[limits]\nper_account_burst = \"2\"", "c.toml, line 2: limits.per_account_burst must be a whole number, not a string", ""},
		{"limits = 3", "c.toml, line 1: limits must be a table, not a whole number", ""},
		{"[limits]\nper_account_burst = 0", "c.toml, line 2: limits.per_account_burst must be at least 1", ""},
		{"[listing]\nmax_pages = 0", "c.toml, line 2: listing.max_pages must be at least 1", ""},
		{"[sidekiq]\nmax_waiting = -1", "c.toml, line 2: sidekiq.max_waiting must be at least 1", ""},
		{"[replies]\nper_post = 0", "c.toml, line 2: replies.per_post must be at least 1", ""},
		{"[replies]\nper_post = 7\nthread = 1", "c.toml, line 3: unknown key replies.thread", "did you mean threads?"},
		{"respect_indexable = 1", "c.toml, line 1: respect_indexable must be true or false, not a whole number", ""},
		{"[signing]\nkey = 1", "c.toml, line 2: unknown key signing.key", "known keys are key_id, private_key_file"},
		{"server = \"a\"\nserver = \"b\"", "c.toml, line 2: Key 'server' has already been defined.", ""},
		{"server = \"a", "c.toml, line 1: unexpected EOF; expected '\"'", ""},
	}
	for _, tt := range tests {
		_, err := parseConfig("c.toml", tt.text)
		var usage *Error
		if !errors.As(err, &usage) || usage.Message != tt.message || usage.Hint != backfill.Say(tt.hint) {
			t.Errorf("%q:\ngot  %v | %+v\nwant %v | %v", tt.text, err, usage, tt.message, tt.hint)
		}
	}
}

func TestSettingErrors(t *testing.T) {
	home := []string{"HOME", t.TempDir()}
	tests := []struct {
		flags Flags
		env   []string
		want  string
	}{
		{Flags{}, home, "no home server given"},
		{Flags{Server: "h.example"}, nil, "HOME is not set"},
		{Flags{Server: "h.example", HomeRate: "fast"}, home, "--home-rate: "},
		{Flags{Server: "h.example", OriginRate: "unlimited"}, home, "--origin-rate: "},
		{Flags{Server: "h.example", Accounts: "0"}, home, "--accounts: "},
		{Flags{Server: "h.example", MaxTime: "50"}, home, "--max-time: "},
		{Flags{Server: "h.example", MaxTime: "4s"}, home, "--max-time: "},
		{Flags{Server: "h.example", LogFormat: "xml"}, home, "--log-format: "},
		{Flags{Server: "h.example"}, append(home, "TOOTFILL_LOG_FORMAT", "JSON"), "TOOTFILL_LOG_FORMAT: "},
		{Flags{Server: "h.example", Ping: "hc-ping.com/secret"}, home, "--ping: not an http or https address"},
		{Flags{Server: "h.example", Ping: "ftp://hc-ping.com/secret"}, home, "--ping: not an http or https address"},
		{Flags{Server: "h.example", Ping: "https:///secret"}, home, "--ping: not an http or https address"},
		{Flags{Server: "h.example"}, append(home, "TOOTFILL_PING", "https://h\n/secret"), "TOOTFILL_PING: not an http or https address"},
		{Flags{Server: "h.example"}, append(home, "TOOTFILL_ACCOUNTS", "many"), "TOOTFILL_ACCOUNTS: "},
		{Flags{Server: "h.example"}, append(home, "TOOTFILL_HOME_RATE", "0/s"), "TOOTFILL_HOME_RATE: "},
		{Flags{Server: "h.example"}, append(home, "TOOTFILL_ALLOW_PRIVATE", "10.0.0.0/99"), "TOOTFILL_ALLOW_PRIVATE: "},
		{Flags{Server: "h.example"}, append(home, "TOOTFILL_ALLOW_PRIVATE", "localhost"), "TOOTFILL_ALLOW_PRIVATE: "},
	}
	for _, tt := range tests {
		_, err := readerOf(backfilltest.Environment(tt.env...)).Read(tt.flags, ByAny)
		var usage *Error
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v, want %s", tt, err, tt.want)
		}
	}
}

// The example must be a working config file that names every key, with its default
// if it has one.
func TestExampleConfig(t *testing.T) {
	c, err := readConfig("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys() {
		_, name, ok := strings.Cut(k.name, ".")
		if !ok {
			name = k.name
		}
		if k.kind != outside && !regexp.MustCompile(`(?m)^(# )?`+name+` = `).MatchString(c.data) {
			t.Errorf("the example does not speak of %s", k.name)
		}
		if text, _, line := c.find(k.name); line != "" && k.otherwise != "" && text != k.otherwise {
			t.Errorf("%s: %s is %s, but the default is %s", line, k.name, text, k.otherwise)
		}
	}
}

func TestStateDir(t *testing.T) {
	tests := []struct {
		flag, configured string
		env              []string
		want, from       string
	}{
		{"/flag", "/conf", []string{"TOOTFILL_STATE", "/env"}, "/flag", "--state"},
		{"", "/conf", []string{"TOOTFILL_STATE", "/env"}, "/env", "TOOTFILL_STATE"},
		{"", "/conf", []string{"STATE_DIRECTORY", "/sys"}, "/conf", "c.toml, line 1"},
		{"", "", []string{"STATE_DIRECTORY", "/sys:/two", "XDG_STATE_HOME", "/xdg"}, "/sys", "STATE_DIRECTORY"},
		{"", "", []string{"XDG_STATE_HOME", "/xdg", "HOME", "/h"}, "/xdg/tootfill", "XDG_STATE_HOME"},
		{"", "", []string{"XDG_STATE_HOME", "rel", "HOME", "/h"}, "/h/.local/state/tootfill", "default"},
	}
	for _, tt := range tests {
		file := parsed(t, "c.toml", "state = \""+tt.configured+"\"")
		got, err := places{flags: Flags{State: tt.flag}, getenv: backfilltest.Environment(tt.env...), file: file}.state()
		if v := got.shown(); v.Text != tt.want || v.From != tt.from || err != nil {
			t.Errorf("%+v: %+v, %v", tt, v, err)
		}
	}
}

// parsed is a config file without errors.
func parsed(t *testing.T, path, text string) configFile {
	t.Helper()
	c, err := parseConfig(path, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The burst may be in the limit, beside it, or in both places if they agree.
func TestBurstOfTheLimit(t *testing.T) {
	for text, want := range map[string]string{
		`per_account = "2/1d burst 2"`:                          "2/1d burst 2",
		`per_account = "2/1d"`:                                  "2/1d",
		"per_account = \"2/1d\"\nper_account_burst = 3":         "2/1d burst 3",
		"per_account = \"2/1d burst 3\"\nper_account_burst = 3": "2/1d burst 3",
		"per_account_burst = 4":                                 "1/1h burst 4",
		"":                                                      "1/1h",
	} {
		s := Settings{noted: make(map[string]setting)}
		err := s.readAccountLimit(places{getenv: backfilltest.Environment(), file: parsed(t, "c.toml", "[limits]\n"+text+"\n")})
		if err != nil || s.Limit.String() != want {
			t.Errorf("%s: %v, %v, want %s", text, s.Limit, err, want)
		}
	}
}

func TestTwoBursts(t *testing.T) {
	for _, burst := range []string{"1", "3"} {
		file := parsed(t, "c.toml", "[limits]\nper_account = \"2/1d burst 2\"\nper_account_burst = "+burst+"\n")
		s := Settings{noted: make(map[string]setting)}
		err := s.readAccountLimit(places{getenv: backfilltest.Environment(), file: file})
		want := "c.toml, line 2: limits.per_account: its burst is 2, but limits.per_account_burst is " + burst + ": leave one of them out"
		if !isUsage(err) || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
