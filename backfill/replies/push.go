package replies

import (
	"errors"
	"fmt"

	"tootfill/backfill"
)

// pusher is a delivery by route sidekiq: the jobs of all accounts, for posts and for
// replies, share the room in home's queue.
type pusher interface {
	backfill.Delivery
	// PushOne has push push one more job, as soon as there is room for it. If that
	// takes too long, the error is [backfill.ErrQueued].
	PushOne(push func() error) error
}

// pushJobs has home's own workers fetch the replies to posts. Nobody follows these
// jobs up: what comes of them is home's business.
func (t *threads) pushJobs() error {
	delivery, err := t.to.Deliver(&replyFilling{threads: t})
	if err != nil {
		return err
	}
	to, ok := delivery.(pusher)
	if !ok {
		return fmt.Errorf("route %s cannot push jobs for replies", t.to.Route)
	}
	return to.Finish(t.each(t.Limits.threads(), func(p backfill.Thread) (asked bool, err error) {
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
		err = to.PushOne(func() error {
			return t.Patience.Ask(t.ctx, func() error { return t.Workers.FetchReplies(t.saving, id) })
		})
		if errors.Is(err, backfill.ErrQueued) {
			t.warn("replies are left out: there is no room in the queue of "+t.Shared.Home, backfill.Hint{})
			return false, errEnough
		}
		return err == nil, err
	}))
}
