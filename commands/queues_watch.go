package commands

import (
	"context"
	"errors"
	"time"
)

// watchQueues shows readings until ctx ends. The first one must succeed; later
// a Redis may be away for a while.
func watchQueues(ctx context.Context, source queuesSource, v *queuesView, q queuesOptions) error {
	reading, err := source.read(ctx, q.jobsShown(listedQueueEntries))
	if err == nil {
		err = v.showNext(ctx, source, reading, q.Interval)
	}
	for err == nil {
		if source.clock.Wait(ctx, q.Interval) != nil {
			break
		}
		var failed error
		var next queuesReading
		if next, failed = source.read(ctx, q.jobsShown(listedQueueEntries)); failed != nil {
			err = v.showTrouble(ctx, reading, q.Interval, failed)
			continue
		}
		reading = next
		err = v.showNext(ctx, source, reading, q.Interval)
	}
	if ctx.Err() != nil {
		return errors.Join(v.block.finish(), endOfWatch(ctx))
	}
	return err
}

// endOfWatch is how a watch ends with its context. ^C is the ordinary end.
func endOfWatch(ctx context.Context) error {
	if signalStatus(ctx) == exitSignal+sigint {
		return nil
	}
	return context.Cause(ctx)
}

// showTrouble tells that a reading has failed: above the last one where that
// still stands there, otherwise on stderr.
func (v *queuesView) showTrouble(ctx context.Context, last queuesReading, every time.Duration, failed error) error {
	if ctx.Err() != nil {
		return failed
	}
	if v.live {
		return v.drawNext(last, every, failed)
	}
	tell(v.stderr, v.json, exitFailed, failed)
	return nil
}
