//go:build !unix

package commands

import "os"

// progressSignals returns nil: there is no such signal here.
func progressSignals() <-chan os.Signal { return nil }

// keepBrokenPipes does nothing: here a write to a closed pipe is an error anyway.
func keepBrokenPipes() {}
