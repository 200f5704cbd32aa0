package pgledger

import "time"

// started is a moment at which both clocks of [elapsedByTwo] began to count.
var started = time.Now()

// elapsedByTwo is what the faster of two clocks shows: the monotonic one, which may stand
// still while the machine is suspended, and that of the wall, which may be set back. One
// that is set forwards only makes a lease be renewed early.
func elapsedByTwo() time.Duration {
	now := time.Now()
	return max(now.Sub(started), now.Round(0).Sub(started.Round(0)))
}
