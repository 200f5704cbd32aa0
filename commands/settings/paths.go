package settings

import (
	"path/filepath"
	"strings"

	"tootfill/backfill"
)

// xdgDir is a base folder of the XDG specification, which says to ignore a relative
// path in the variable; empty if there is no home folder either.
func xdgDir(getenv func(string) string, variable, inHome string) string {
	if dir := getenv(variable); filepath.IsAbs(dir) {
		return dir
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, inHome)
	}
	return ""
}

// stateDir is the folder of the ledger.
func stateDir(flag, configured string, getenv func(string) string) (string, error) {
	// systemd separates the folders with colons if a unit names several.
	systemd, _, _ := strings.Cut(getenv("STATE_DIRECTORY"), ":")
	for _, dir := range []string{flag, getenv("TOOTFILL_STATE"), configured, systemd} {
		if dir != "" {
			return dir, nil
		}
	}
	if dir := xdgDir(getenv, "XDG_STATE_HOME", filepath.Join(".local", "state")); dir != "" {
		return filepath.Join(dir, "tootfill"), nil
	}
	return "", lacking(backfill.NameFolder, "there is no place for the ledger: HOME is not set")
}

// configuredPath resolves a path of the config file: relative to the file's own
// folder, with ~/ for the home folder.
func configuredPath(c configFile, path string, getenv func(string) string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && getenv("HOME") != "" {
		return filepath.Join(getenv("HOME"), rest)
	}
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.path), path)
}
