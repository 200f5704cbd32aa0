package replies

import (
	"fmt"
	"time"

	"tootfill/backfill"
)

const (
	// roomPause is the pause before asking again for room in the queue; it grows up
	// to roomPauseMost.
	roomPause     = 2 * time.Second
	roomPauseMost = 15 * time.Second
	// longestWait is how long to wait for room.
	longestWait = 10 * time.Minute
)

// pushJobs has home's own workers fetch the replies to posts. Nobody follows these
// jobs up: what comes of them is home's business.
func (t *threads) pushJobs() error {
	return t.each(mostAsked, func(p backfill.Thread) (asked bool, err error) {
		if t.isTooYoung(p) {
			return false, nil
		}
		ids, err := backfill.Asked(t.ctx, t.Patience, func() (map[string]int64, error) {
			return t.Database.StatusIDs(t.ctx, []string{p.URI})
		})
		id := ids[p.URI]
		if err != nil || id == 0 {
			return false, err
		}
		t.pushing.Lock() // so that no other account takes the same room
		defer t.pushing.Unlock()
		if err := t.awaitRoom(); err != nil {
			return false, err
		}
		err = t.Patience.Ask(t.ctx, func() error { return t.Workers.FetchReplies(t.saving, id) })
		return err == nil, err
	})
}

// awaitRoom waits until one more job may be pushed.
func (t *threads) awaitRoom() error {
	began := t.Clock.Now()
	for pause := roomPause; ; pause = min(2*pause, roomPauseMost) {
		reason, err := t.crowded()
		if err != nil || reason == "" {
			return err
		}
		if t.Clock.Now().Sub(began) > longestWait {
			t.warn("its replies are left out: "+reason, backfill.Hint{})
			return errEnough
		}
		if err := t.to.Filling.Wait(t.Shared.Home, pause, reason); err != nil {
			return err
		}
	}
}

// crowded says why no job may be pushed at the moment, or "".
func (t *threads) crowded() (string, error) {
	latency, err := backfill.Asked(t.ctx, t.Patience, func() (time.Duration, error) { return t.Workers.Latency(t.ctx) })
	if err != nil {
		return "", fmt.Errorf("reading the queues of %s: %w", t.Shared.Home, err)
	}
	if most := t.Options.MaxLatency; most > 0 && latency > most {
		return "the queue pull is behind", nil
	}
	waiting, err := backfill.Asked(t.ctx, t.Patience, func() (int, error) { return t.Workers.Waiting(t.ctx) })
	if err != nil {
		return "", fmt.Errorf("reading the queues of %s: %w", t.Shared.Home, err)
	}
	if waiting >= max(t.Options.MaxWaiting, 1) {
		return fmt.Sprintf("%d of our jobs wait", t.Options.MaxWaiting), nil
	}
	return "", nil
}
