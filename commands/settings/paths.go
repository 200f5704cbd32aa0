package settings

import (
	"path/filepath"
	"strings"
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
