package settings

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tootfill/backfill"
)

// example is config.example.toml, byte for byte: embed cannot reach the top level.
//
//go:embed config.example.toml
var example string

// Example is a config file that explains every key, for a home server, or for an
// invented one if server is empty.
func Example(server string) string {
	if server == "" {
		return example
	}
	return strings.Replace(example, "\nserver = \"mastodon.example\"\n", fmt.Sprintf("\nserver = %q\n", server), 1)
}

// ConfigPath is where the settings would be looked for first.
func ConfigPath(o Flags, getenv func(string) string) (string, error) {
	named := places{flags: o, getenv: getenv}.choose("config")
	if named.isSet() {
		return named.value, nil
	}
	dir := xdgDir(getenv, "XDG_CONFIG_HOME", ".config")
	if dir == "" {
		return "", lacking(backfill.NameConfig, "there is no place for the config file: HOME is not set")
	}
	return filepath.Join(dir, "tootfill", "config.toml"), nil
}

// Create writes a new config file that only its owner can read, and the folders that
// it needs. It never writes over a file.
func Create(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return lacking(backfill.NameConfig, fmt.Sprintf("making a folder for the config file: %v", err))
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return lacking(backfill.OtherConfig, path+" is there already")
	}
	if err != nil {
		return lacking(backfill.NameConfig, fmt.Sprintf("writing the config file: %v", err))
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		// half a file would be in the way of the next try
		return fmt.Errorf("writing the config file: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}
