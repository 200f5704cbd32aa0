package backfill

import (
	"fmt"
	"time"
)

// What is remembered of the home timelines of an account's followers, so that
// they are seen to also if its posts come in by several runs.
const (
	// mergeWanted: they are to have what comes in.
	mergeWanted = "wanted"
	// mergeDue: something has come in.
	mergeDue = "due"
	// mergeMemory is for how long that is remembered.
	mergeMemory = 30 * 24 * time.Hour
)

func (d *pushing) mergeFact() string { return "home_timelines " + d.account.Handle.String() }

// recallMerge takes up what an earlier run has left undone.
func (d *pushing) recallMerge() (err error) {
	if d.merge, err = d.Ledger.Recall(d.saving, d.Home, d.mergeFact()); err != nil {
		return fmt.Errorf("recalling the home timelines for %s: %w", d.account.Handle, err)
	}
	if d.merge == "" && d.Options.HomeTimelines {
		return d.rememberMerge(mergeWanted)
	}
	return nil
}

// rememberMerge remembers a state; "" forgets it.
func (d *pushing) rememberMerge(state string) error {
	until := d.Clock.Now().Add(mergeMemory)
	if state == "" {
		until = d.Clock.Now()
	}
	if err := d.Ledger.Remember(d.saving, d.Home, d.mergeFact(), state, until); err != nil {
		return fmt.Errorf("remembering the home timelines for %s: %w", d.account.Handle, err)
	}
	d.merge = state
	return nil
}

// mergeIsDue notes that posts have come in, before that is recorded of them.
func (d *pushing) mergeIsDue() error {
	if d.merge != mergeWanted {
		return nil
	}
	return d.rememberMerge(mergeDue)
}

// mergeHome shows what was imported in the home timelines of the followers.
func (d *pushing) mergeHome() error {
	if d.merge == "" {
		return nil
	}
	if d.merge == mergeDue && d.account.ID == "" {
		if err := d.knowAuthor(); err != nil {
			return err
		}
	}
	if d.merge == mergeDue && d.account.ID != "" {
		followers, err := d.Database.Followers(d.ctx, d.account)
		if err != nil {
			return fmt.Errorf("reading who follows %s: %w", d.account.Handle, err)
		}
		if err := d.Workers.MergeHome(d.saving, d.account, followers); err != nil {
			return fmt.Errorf("merging %s into home timelines: %w", d.account.Handle, err)
		}
	}
	return d.rememberMerge("")
}
