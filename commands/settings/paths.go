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

// readState reads where the ledger is. The sandbox keeps one only where it is told to.
func (s *Settings) readState(p places) error {
	if p.flags.Sandbox {
		s.StateDir = p.flags.State
		return nil
	}
	dir, err := p.state()
	s.StateDir = dir.value
	s.note(dir)
	return err
}

// state is the folder of the ledger.
func (p places) state() (setting, error) {
	s := p.choose("state")
	if s.isSet() {
		return s, nil
	}
	// systemd separates the folders with colons if a unit names several.
	if dir, _, _ := strings.Cut(p.getenv("STATE_DIRECTORY"), ":"); dir != "" {
		s.value, s.from = dir, "STATE_DIRECTORY"
		return s, nil
	}
	dir := xdgDir(p.getenv, "XDG_STATE_HOME", filepath.Join(".local", "state"))
	if dir == "" {
		return s, lacking(backfill.NameFolder, "there is no place for the ledger: HOME is not set")
	}
	if filepath.IsAbs(p.getenv("XDG_STATE_HOME")) {
		s.from = "XDG_STATE_HOME"
	}
	s.value = filepath.Join(dir, "tootfill")
	return s, nil
}

// resolve resolves a path of the config file: relative to the file's own folder,
// with ~/ for the home folder.
func (p places) resolve(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && p.getenv("HOME") != "" {
		return filepath.Join(p.getenv("HOME"), rest)
	}
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(p.file.path), path)
}
