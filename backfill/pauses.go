package backfill

import (
	"context"
	"time"
)

const (
	// SitOut is the longest pause of an origin that a run waits for; an account
	// whose origin asks for a longer one is deferred.
	SitOut = time.Minute
	// LongestPause is the longest pause that a server is given, whatever it asks
	// for: a Retry-After of ten years is a mistake, or malice.
	LongestPause = 7 * 24 * time.Hour
)

// Pauses remembers the pauses that servers have asked for, for all processes on
// that share the ledger, whichever home server they fill.
type Pauses interface {
	// PausedUntil says until when a server wants to be left alone; zero means it
	// does not.
	PausedUntil(ctx context.Context, server string) (time.Time, error)
	// Pause remembers that. A longer pause stays as it is, and none is longer than
	// LongestPause.
	Pause(ctx context.Context, server string, until time.Time) error
}
