package pgledger

import (
	"time"

	"golang.org/x/sys/unix"
)

// elapsed is the time since the machine was started, including what it was suspended:
// Go's own monotonic clock stands still then (clock_gettime(2), CLOCK_MONOTONIC), and so
// would a lease.
func elapsed() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return elapsedByTwo() // Linux before 2.6.39
	}
	return time.Duration(t.Nano())
}
