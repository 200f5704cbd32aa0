//go:build unix && !solaris && !aix

package report

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// inForeground reports whether this process may draw on the terminal w. A background
// job would draw over the shell's prompt, and "stty tostop" would stop it for that.
// It is true if this cannot be told.
func inForeground(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return true
	}
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}
