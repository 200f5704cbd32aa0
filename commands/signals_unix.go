//go:build unix

package commands

import (
	"os"
	"os/signal"
	"syscall"
)

// progressSignals delivers the signals that ask how far a run is.
func progressSignals() <-chan os.Signal {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	return asked
}

// keepBrokenPipes makes a write to a closed pipe return an error instead of killing
// the process: the run must not stop because a reader of its progress went away.
func keepBrokenPipes() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}
