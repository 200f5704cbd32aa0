package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	// lookPause is the pause between two looks at the jobs; it grows up to
	// lookPauseMost while nothing changes.
	lookPause     = 2 * time.Second
	lookPauseMost = 15 * time.Second
	// roomPauseMost is the same while it waits for room.
	roomPauseMost = 4 * time.Second
	// stalled is how long to wait without any change before giving up.
	stalled = 10 * time.Minute
)

// delivery has home's own workers import the posts of one account.
type delivery struct {
	route   *route
	filling backfill.Filling
	// ctx is the filling's.
	ctx context.Context
	// account has no ID until home knows it.
	account fediverse.Account
	// jobs are those whose outcome is not known, by URI.
	jobs map[string]*job
	// resumed are the posts whose jobs an earlier run has left.
	resumed map[string]bool
	room    room
	// queue is what the queue was like at the last look.
	queue queueState
	// changed is when the last change was seen.
	changed time.Time
	// ahead counts the jobs that were sent ahead of an unknown author's others,
	// and vain says that a post was tried in vain.
	ahead     int
	vain      bool
	timelines timelines
	processes processes
}

// queueState changes while home's queue moves, even if it is full all the time.
type queueState struct {
	// waiting counts our jobs in the queue, and pushed those that this process has
	// pushed.
	waiting, pushed int
}

// timelines are the home timelines of the account's followers.
type timelines struct {
	fact  backfill.Fact
	state string
}

// processes are those of home's Sidekiq that may have worked on the account's jobs.
type processes struct {
	fact backfill.Fact
	// alive are those that were alive when jobs were last pushed, and met all that
	// were alive at any push since an earlier run began to push.
	alive, met []string
}

func (d *delivery) heldURIs(uris []string) (map[string]bool, error) {
	held, err := d.route.database.HeldURIs(d.ctx, uris)
	if err != nil {
		return nil, fmt.Errorf("reading what %s holds of %s: %w", d.route.Home, d.account.Handle, err)
	}
	return held, nil
}

func (d *delivery) isStalled() bool { return d.route.Clock.Now().Sub(d.changed) > stalled }

// knowAuthor asks whether home knows the author yet.
func (d *delivery) knowAuthor() error {
	a, err := d.route.Accounts.Account(d.ctx, d.account.Handle)
	switch {
	case err == nil && a.ID != "":
		d.account.ID = a.ID
	case err != nil && !errors.Is(err, backfill.ErrNoAccount):
		return err
	}
	return nil
}
