package settings

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/BurntSushi/toml"

	"tootfill/commands/spelling"
)

// configFile is what the config file may contain; config.example.toml explains it.
type configFile struct {
	Server             string   `toml:"server"`
	AccessTokenFile    string   `toml:"access_token_file"`
	AccessTokenCommand string   `toml:"access_token_command"`
	AllowPrivate       []string `toml:"allow_private"`
	State              string   `toml:"state"`
	EnvFile            string   `toml:"env_file"`
	RestOnSecure       bool     `toml:"rest_on_secure_origins"`
	RespectIndexable   bool     `toml:"respect_indexable"`
	Automatic          bool     `toml:"automatic"`
	Limits             struct {
		PerAccount      string `toml:"per_account"`
		PerAccountBurst int    `toml:"per_account_burst"`
		Home            string `toml:"home"`
		Origin          string `toml:"origin"`
		Accounts        int    `toml:"accounts"`
		MaxTime         string `toml:"max_time"`
	} `toml:"limits"`
	Signing struct {
		KeyID          string `toml:"key_id"`
		PrivateKeyFile string `toml:"private_key_file"`
	} `toml:"signing"`
	Servers struct {
		Never []string `toml:"never"`
	} `toml:"servers"`
	Listing struct {
		MaxPages int    `toml:"max_pages"`
		MaxItems int    `toml:"max_items"`
		Robots   string `toml:"robots"`
	} `toml:"listing"`
	Sidekiq struct {
		MaxWaiting int    `toml:"max_waiting"`
		MaxLatency string `toml:"max_latency"`
	} `toml:"sidekiq"`
	Replies struct {
		Threads    int `toml:"threads"`
		PerPost    int `toml:"per_post"`
		PerAccount int `toml:"per_account"`
	} `toml:"replies"`

	// path is the file that was read; empty if there is none.
	path string
}

// configKeys returns the keys of each table.
func configKeys() map[string][]string {
	return map[string][]string{
		"": {"server", "access_token_file", "access_token_command", "allow_private", "state", "env_file",
			"rest_on_secure_origins", "respect_indexable", "automatic", "limits", "servers", "signing", "listing", "sidekiq", "replies"},
		"limits":  {"per_account", "per_account_burst", "home", "origin", "accounts", "max_time"},
		"servers": {"never"},
		"signing": {"key_id", "private_key_file"},
		"listing": {"max_pages", "max_items", "robots"},
		"sidekiq": {"max_waiting", "max_latency"},
		"replies": {"threads", "per_post", "per_account"},
	}
}

// findConfig reads the first config file that exists. A file that was named must
// exist.
func findConfig(named string, getenv func(string) string) (configFile, error) {
	if named == "" {
		named = getenv("TOOTFILL_CONFIG")
	}
	if named != "" {
		c, err := readConfig(named)
		return c, unreadableFile(err)
	}
	for _, path := range configPaths(getenv) {
		c, err := readConfig(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		return c, unreadableFile(err)
	}
	return configFile{}, nil
}

func configPaths(getenv func(string) string) []string {
	var paths []string
	if dir := xdgDir(getenv, "XDG_CONFIG_HOME", ".config"); dir != "" {
		paths = append(paths, filepath.Join(dir, "tootfill", "config.toml"))
	}
	return append(paths, "/etc/tootfill/config.toml")
}

func readConfig(path string) (configFile, error) {
	// A pipe that nobody writes to must not stop the program.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return configFile{}, fmt.Errorf("reading the config file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return configFile{}, fmt.Errorf("reading the config file: %w", err)
	}
	return parseConfig(path, string(data))
}

func parseConfig(path, data string) (configFile, error) {
	c := configFile{path: path}
	meta, err := toml.Decode(data, &c)
	if err != nil {
		return c, tomlError(path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return c, unknownKey(path, data, unknown[0])
	}
	for _, n := range []struct {
		table, key string
		value      int
	}{
		{"limits", "per_account_burst", c.Limits.PerAccountBurst},
		{"limits", "accounts", c.Limits.Accounts},
		{"listing", "max_pages", c.Listing.MaxPages},
		{"listing", "max_items", c.Listing.MaxItems},
		{"sidekiq", "max_waiting", c.Sidekiq.MaxWaiting},
		{"replies", "threads", c.Replies.Threads},
		{"replies", "per_post", c.Replies.PerPost},
		{"replies", "per_account", c.Replies.PerAccount},
	} {
		if meta.IsDefined(n.table, n.key) && n.value < 1 {
			return c, wrongf("", "%s: %s.%s must be at least 1", path, n.table, n.key)
		}
	}
	return c, nil
}

// The library's words for a value of the wrong type, and for one in place of a
// table.
var (
	wrongType = regexp.MustCompile(`line (\d+) \(last key "(.+?)"\): incompatible types: TOML value has type (\w+); destination has type (\w+)`)
	noTable   = regexp.MustCompile(`line (\d+) \(last key "(.+?)"\): type mismatch for .*: expected table but found (\w+)`)
)

func tomlError(path string, err error) error {
	var parse toml.ParseError
	if errors.As(err, &parse) {
		return wrongf("", "%s, line %d: %s", path, parse.Position.Line, parse.Message)
	}
	if m := wrongType.FindStringSubmatch(err.Error()); m != nil {
		return wrongf("", "%s, line %s: %s must be %s, not %s", path, m[1], m[2], typeWord(m[4]), typeWord(m[3]))
	}
	if m := noTable.FindStringSubmatch(err.Error()); m != nil {
		return wrongf("", "%s, line %s: %s must be a table, not %s", path, m[1], m[2], typeWord(m[3]))
	}
	return wrongf("", "%s: %s", path, strings.TrimPrefix(err.Error(), "toml: "))
}

// typeWord names a type in the words of TOML.
func typeWord(t string) string {
	switch t {
	case "int", "int64", "integer":
		return "a whole number"
	case "slice", "array":
		return "a list"
	case "map", "struct":
		return "a table"
	case "float64":
		return "a number"
	case "boolean":
		return "true or false"
	}
	return "a " + strings.ToLower(t)
}

func unknownKey(path, data string, key toml.Key) error {
	table, name := strings.Join(key[:len(key)-1], "."), key[len(key)-1]
	known, ok := configKeys()[table]
	if !ok {
		known, name = configKeys()[""], key[0]
	}
	hint := "known keys are " + strings.Join(known, ", ")
	if near := spelling.Nearest(name, known); near != "" {
		hint = "did you mean " + near + "?"
	}
	where := path
	if line := keyLine(data, key); line > 0 {
		where = fmt.Sprintf("%s, line %d", path, line)
	}
	return wrongf(hint, "%s: unknown key %s", where, key)
}

// marker is a type that the TOML library refuses to decode into. The error carries
// the position, which the library does not give in any other way.
type marker struct{}

func (*marker) UnmarshalTOML(any) error { return errors.New("here") }

// keyLine is the line on which a key stands, 0 if unknown.
func keyLine(data string, key toml.Key) int {
	var table map[string]toml.Primitive
	meta, err := toml.Decode(data, &table)
	for _, name := range key[:len(key)-1] {
		if err != nil {
			return 0
		}
		inner := table[name]
		table = nil
		err = meta.PrimitiveDecode(inner, &table)
	}
	if err != nil {
		return 0
	}
	var parse toml.ParseError
	if errors.As(meta.PrimitiveDecode(table[key[len(key)-1]], &marker{}), &parse) {
		return parse.Position.Line
	}
	return 0
}
