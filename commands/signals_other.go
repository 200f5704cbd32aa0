//go:build !unix

package commands

import "os"

// progressSignals: there is no such signal here.
func progressSignals() <-chan os.Signal { return nil }

// keepBrokenPipes: a write to a closed pipe is an error here anyway.
func keepBrokenPipes() {}
