package report

import (
	"context"
	"time"
)

// Watch shows the state again and again until ctx ends, which is not an error. The
// first reading must succeed; later a Redis may be away for a while.
func (v *Queues) Watch(ctx context.Context) error {
	reading, err := v.source.read(ctx, v.jobsRead(listedQueueEntries))
	if err == nil {
		err = v.showNext(ctx, reading)
	}
	for err == nil && v.source.Clock.Wait(ctx, v.Interval) == nil {
		next, failed := v.source.read(ctx, v.jobsRead(listedQueueEntries))
		if failed != nil {
			err = v.showTrouble(ctx, reading, failed)
			continue
		}
		reading = next
		err = v.showNext(ctx, reading)
	}
	if ctx.Err() != nil {
		return v.block.finish()
	}
	return err
}

// showNext shows a reading of a watch: in place of the last one, or below it.
func (v *Queues) showNext(ctx context.Context, r queuesReading) error {
	switch {
	case v.live():
		return v.drawNext(r, nil)
	case v.JSON:
		return writeQueuesJSON(ctx, v.Stdout, v.source, r)
	}
	if v.blocks > 0 {
		if err := v.write(nil); err != nil {
			return err
		}
	}
	v.blocks++
	if err := v.write([]string{r.At.Format(time.DateTime)}); err != nil {
		return err
	}
	return v.showOnce(ctx, r)
}

// showTrouble reports that a reading has failed: above the last one if that is still
// shown, otherwise on stderr.
func (v *Queues) showTrouble(ctx context.Context, last queuesReading, failed error) error {
	if ctx.Err() != nil {
		return failed
	}
	p := v.Explain(failed)
	if v.live() {
		return v.drawNext(last, &p)
	}
	p.Write(v.Stderr, v.JSON)
	return nil
}
