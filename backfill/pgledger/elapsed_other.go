//go:build !linux

package pgledger

import "time"

func elapsed() time.Duration { return elapsedByTwo() }
