package backfill

import (
	"context"
	"fmt"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// profileAge is the age from which on home refreshes its copy of an account
	// when it is asked for (Mastodon app/models/account.rb,
	// possibly_stale?: STALE_THRESHOLD is a day).
	profileAge = 24 * time.Hour
	// profileMemory is for how long it is remembered that the number is too high.
	profileMemory = 365 * 24 * time.Hour
)

// Refresher has home refresh its copy of an account. Each post that home takes in
// raises the number of posts on the account's profile at home, which is right
// again once home has read the account from its origin.
type Refresher interface {
	// Refresh asks home for the account such that home reads it from its origin
	// if its copy is older than a day.
	Refresh(ctx context.Context, a fediverse.Account) error
}

// countFact is since when the number of posts on the profile is too high.
func (f *filling) countFact() string { return "profile_count " + f.account.Handle.String() }

// countRises notes, before the first import is recorded, that the number of posts
// on the account's profile is too high from now on.
func (f *filling) countRises() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rising {
		return nil
	}
	since, err := f.Ledger.Recall(f.saving, f.Home, f.countFact())
	if err == nil && since == "" {
		err = f.rememberCount(f.Clock.Now().UTC().Format(time.RFC3339), f.Clock.Now().Add(profileMemory))
	}
	if err != nil {
		return fmt.Errorf("noting that the profile of %s counts too many posts: %w", f.account.Handle, err)
	}
	f.rising = true
	return nil
}

func (f *filling) rememberCount(since string, until time.Time) error {
	return f.Ledger.Remember(f.saving, f.Home, f.countFact(), since, until)
}

// refreshCount has home refresh the account, once the number of posts on its
// profile has been too high for a day. It is no failure of the backfill if home
// does not: a later run asks again.
func (f *filling) refreshCount() error {
	if f.Refresher == nil || f.ctx.Err() != nil {
		return nil
	}
	since, err := f.Ledger.Recall(f.saving, f.Home, f.countFact())
	if err != nil {
		return fmt.Errorf("recalling what the profile of %s counts: %w", f.account.Handle, err)
	}
	at, err := time.Parse(time.RFC3339, since)
	if err != nil || f.Clock.Now().Sub(at) < profileAge {
		return nil // nothing was imported, or a short while ago
	}
	if err := f.Refresher.Refresh(f.ctx, f.account); err != nil {
		f.tell(Warned{
			Account: f.account.Handle, Text: "the number of posts on its profile was not refreshed: " + reasonOf(err),
			Hint: Say("a later run asks " + f.Home + " again"),
		})
		return nil
	}
	if err := f.rememberCount("", f.Clock.Now()); err != nil {
		return fmt.Errorf("noting that the profile of %s is refreshed: %w", f.account.Handle, err)
	}
	return nil
}
