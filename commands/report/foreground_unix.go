//go:build unix && !solaris && !aix

package report

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// inForeground says whether this process may draw on the terminal w: a job in
// the background would draw over the shell's prompt, and under "stty tostop" be
// stopped for it. It is true where this cannot be told.
func inForeground(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return true
	}
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}
