//go:build unix

package commands

import (
	"os"
	"os/signal"
	"syscall"
)

// progressSignals are those with which people ask how far a run is.
func progressSignals() <-chan os.Signal {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	return asked
}

// keepBrokenPipes makes a write to a closed pipe an error instead of a death: a
// reader of progress who went away must not stop the run.
func keepBrokenPipes() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}
