package commands

import (
	"fmt"
	"io"
	"runtime/debug"
)

// version is what the Go tool recorded in the binary: a tag, or a pseudo-version
// with the commit; "devel" where it recorded nothing.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

func printVersion(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "tootfill %s\n", version()); err != nil {
		return fmt.Errorf("writing the version: %w", err)
	}
	return nil
}
