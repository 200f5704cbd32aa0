package monitor

import (
	"time"

	"tootfill/commands/report"
)

// Run is what came of a run.
type Run struct {
	// Version is that of the program.
	Version string
	// Ended is when the run ended, and Took how long it took.
	Ended time.Time
	Took  time.Duration
	// Status is the exit status, and Meaning what it means. Good says that nobody has to
	// look after it.
	Status  int
	Meaning string
	Good    bool
	// Totals and Routes are the results.
	Totals report.Totals
	Routes report.Routes
	// Unfound counts the addresses at which home found no account.
	Unfound int
	Requests
}

// Requests are how many requests the run has sent, and how many of them were answered
// with 429 Too Many Requests.
type Requests struct {
	Home, Origins               int64
	HomeLimited, OriginsLimited int64
}
