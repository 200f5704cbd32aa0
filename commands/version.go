package commands

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"tootfill/commands/manual"
)

// buildRecord is what the Go tool recorded in the binary.
type buildRecord struct {
	// Version is a tag, or a pseudo-version with the commit; "devel" where nothing was
	// recorded.
	Version string
	// Commit is empty where the source was no checkout; Changed says that it was one
	// with changes.
	Commit  string
	Changed bool
	// Date is that of the commit, such as 2026-11-28; empty where there is none.
	Date string
	// Go is the version of Go, such as go1.26.0.
	Go string
}

func builtNow() buildRecord {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return buildRecord{Version: "devel", Go: runtime.Version()}
	}
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) buildRecord {
	b := buildRecord{Version: info.Main.Version, Go: info.GoVersion}
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "devel"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Changed = s.Value == "true"
		case "vcs.time":
			b.Date, _, _ = strings.Cut(s.Value, "T")
		}
	}
	return b
}

func version() string { return builtNow().Version }

func (b buildRecord) edition() manual.Edition {
	return manual.Edition{Version: b.Version, Date: b.Date}
}

// String is what `tootfill version` says: version, commit and the version of Go.
func (b buildRecord) String() string {
	var parts []string
	if b.Commit != "" {
		commit := "commit " + b.Commit
		if b.Changed {
			commit += " with changes"
		}
		parts = append(parts, commit)
	}
	return fmt.Sprintf("tootfill %s (%s)", b.Version, strings.Join(append(parts, b.Go), ", "))
}

func printVersion(w io.Writer) error { return printText(w, "the version", builtNow().String()+"\n") }
