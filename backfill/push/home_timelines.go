package push

import (
	"fmt"
	"time"
)

// mergeMemory is how long to remember that home timelines are to be merged.
const mergeMemory = 30 * 24 * time.Hour

// The states of the home timelines of an account's followers. They are remembered,
// so that the timelines are merged even if several runs bring in the posts.
const (
	// mergeUnwanted: nobody has asked for anything.
	mergeUnwanted = ""
	// mergeWanted: they are to get what comes in.
	mergeWanted = "wanted"
	// mergeDue: something has come in.
	mergeDue = "due"
)

// recallMerge recalls what an earlier run has left undone.
func (d *delivery) recallMerge() (err error) {
	if d.filling.OfOthers() {
		return nil
	}
	if d.timelines.state, err = d.timelines.fact.Recall(d.ctx); err != nil {
		return fmt.Errorf("recalling the home timelines for %s: %w", d.account.Handle, err)
	}
	if d.timelines.state == mergeUnwanted && d.route.Options.HomeTimelines {
		return d.rememberMerge(mergeWanted)
	}
	return nil
}

func (d *delivery) rememberMerge(state string) error {
	until := d.route.Clock.Now()
	if state != mergeUnwanted {
		until = until.Add(mergeMemory)
	}
	if err := d.timelines.fact.Remember(d.ctx, state, until); err != nil {
		return fmt.Errorf("remembering the home timelines for %s: %w", d.account.Handle, err)
	}
	d.timelines.state = state
	return nil
}

// mergeIsDue notes that posts have come in, before their outcome is recorded.
func (d *delivery) mergeIsDue() error {
	if d.timelines.state != mergeWanted {
		return nil
	}
	return d.rememberMerge(mergeDue)
}

// mergeHome shows what was imported in the home timelines of the followers.
func (d *delivery) mergeHome() error {
	if d.timelines.state == mergeUnwanted {
		return nil
	}
	if d.timelines.state == mergeDue && d.account.ID == "" {
		if err := d.knowAuthor(); err != nil {
			return err
		}
	}
	if d.timelines.state == mergeDue && d.account.ID != "" {
		followers, err := d.route.database.Followers(d.ctx, d.account)
		if err != nil {
			return fmt.Errorf("reading who follows %s: %w", d.account.Handle, err)
		}
		if err := d.route.workers.MergeHome(d.route.saving, d.account, followers); err != nil {
			return fmt.Errorf("merging %s into home timelines: %w", d.account.Handle, err)
		}
	}
	return d.rememberMerge(mergeUnwanted)
}
