package commands

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/commands/accountlist"
)

// candidate is an account to backfill, of which perhaps only an address is known.
type candidate struct {
	backfill.Target
	// address is whose owner only home can tell; empty if the handle is known.
	address string
	// refuse says why home finds no account there.
	refuse func(error)
	// weight is about how many bytes it takes, besides what the target does.
	weight int
}

// candidates is a source of accounts to backfill. Apart from home's own lists, nobody
// is asked for them. An error ends it.
type candidates = iter.Seq2[candidate, error]

// targets are the accounts to backfill. An error ends them.
type targets = iter.Seq2[backfill.Target, error]

// named are the accounts named on the command line. refuse is called for an address at
// which home finds none.
func named(names []accountlist.Name, refuse func(address string, err error)) candidates {
	return func(yield func(candidate, error) bool) {
		for _, n := range names {
			c := candidate{
				Target:  backfill.Target{Handle: n.Handle, Spelling: n.Spelling, Named: true},
				address: n.Address, refuse: func(err error) { refuse(n.Address, err) },
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// inFile are the accounts that a file names. refuse is called for an entry at whose
// address home finds none.
func inFile(f *accountlist.List, refuse func(accountlist.Entry, error)) candidates {
	return func(yield func(candidate, error) bool) {
		for e, err := range f.Entries {
			c := candidate{
				Target:  backfill.Target{Handle: e.Handle, Spelling: e.Spelling},
				address: e.Address, weight: len(e.Text), refuse: func(err error) { refuse(e, err) },
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// finder asks home for the account at an address. Its errors are about that address,
// unless home as a whole cannot be asked.
type finder func(address string) (backfill.Target, error)

// found asks home whose the addresses are, and yields each account once.
func found(all candidates, find finder) targets {
	return func(yield func(backfill.Target, error) bool) {
		seen := make(map[fediverse.Handle]struct{})
		for c, err := range all {
			target := c.Target
			if err == nil && c.address != "" {
				target, err = find(c.address)
				target.Named = c.Named
				if err != nil && !endsAll(err) {
					c.refuse(err)
					continue
				}
			}
			if _, twice := seen[target.Handle]; twice && err == nil {
				continue
			}
			seen[target.Handle] = struct{}{}
			if !yield(target, err) || err != nil {
				return
			}
		}
	}
}

// endsAll reports whether no other account can fare better. If home is away,
// accounts named by their handles can: they are deferred.
func endsAll(err error) bool {
	var unauthorized *backfill.UnauthorizedError
	var interrupted *Interrupted
	return errors.As(err, &unauthorized) || errors.As(err, &interrupted) ||
		errors.Is(err, context.Canceled)
}

// addressBook finds an account by its address; with fetch, home may ask the account's
// server for it.
type addressBook interface {
	AccountAt(ctx context.Context, address string, fetch bool) (fediverse.Account, error)
}

// finder asks home for accounts by their addresses. In a dry run home fetches
// nothing.
func (s *system) finder(ctx context.Context, dryRun bool) finder {
	return func(address string) (backfill.Target, error) {
		a, err := s.accountAt(ctx, address, !dryRun)
		if err != nil {
			return backfill.Target{}, err
		}
		if s.database != nil {
			return backfill.Target{Handle: a.Handle}, nil // the database says more
		}
		return backfill.Target{Handle: a.Handle, Account: &a}, nil
	}
}

// accountAt finds the account at an address in home's database, or else through its
// search.
func (s *system) accountAt(ctx context.Context, address string, fetch bool) (a fediverse.Account, err error) {
	if s.outage != nil {
		return a, s.outage
	}
	if s.database != nil {
		a, err = backfill.Asked(ctx, s.patience, func() (fediverse.Account, error) { return s.database.AccountAt(ctx, address) })
	}
	if s.home != nil && (s.database == nil || errors.Is(err, backfill.ErrNoAccount)) {
		a, err = backfill.Asked(ctx, s.patience, func() (fediverse.Account, error) { return s.home.AccountAt(ctx, address, fetch) })
	}
	switch {
	case errors.Is(err, backfill.ErrNoAccount) && (s.home == nil || !fetch):
		return a, &backfill.Hinted{
			Err:  fmt.Errorf("%s knows no account at %s, and tootfill does not ask it to fetch one", s.homeName, address),
			Hint: backfill.Say("write the account as user@domain"),
		}
	case errors.Is(err, backfill.ErrNoAccount):
		return a, &backfill.Hinted{
			Err:  fmt.Errorf("%s finds no account at %s", s.homeName, address),
			Hint: backfill.Say("if it is the address of a profile, write the account as user@domain"),
		}
	}
	return a, err
}

// following yields the remote accounts that the token's account follows or, without
// a token, those that anybody on home follows.
func (s *system) following(ctx context.Context, warn func(text string, hint backfill.Hint)) candidates {
	return s.listed(ctx, s.followed(ctx), warn)
}

// onList are the accounts of a list that home keeps; toTarget decides what to keep of
// what home told. It leaves out accounts whose names cannot be read, with a warning.
func onList(of string, accounts iter.Seq2[fediverse.Account, error], warn func(text string, hint backfill.Hint), toTarget func(fediverse.Account) backfill.Target) candidates {
	return func(yield func(candidate, error) bool) {
		for a, err := range accounts {
			if errors.Is(err, home.ErrUnreadableAccount) {
				warn(err.Error(), backfill.Hint{})
				continue
			}
			if err != nil {
				yield(candidate{}, fmt.Errorf("reading the list of %s: %w", of, err))
				return
			}
			if !yield(candidate{Target: toTarget(a)}, nil) {
				return
			}
		}
	}
}

// unreadable yields the error of a source that cannot be read.
func unreadable(err error) candidates {
	return func(yield func(candidate, error) bool) { yield(candidate{}, err) }
}

// dueAccounts are the deferred accounts that may run now, each with the options that it
// was deferred with, except where the command line overrules them.
func dueAccounts(due iter.Seq2[backfill.Deferral, error], overrule func(*backfill.Wanted)) candidates {
	return func(yield func(candidate, error) bool) {
		for d, err := range due {
			if err != nil {
				yield(candidate{}, fmt.Errorf("reading the deferred accounts: %w", err))
				return
			}
			if d.Wanted != nil {
				overrule(d.Wanted)
			}
			if !yield(candidate{Target: d.Target()}, nil) {
				return
			}
		}
	}
}

// inOrder yields what all sources have, one source after the other.
func inOrder(sources ...candidates) candidates {
	return func(yield func(candidate, error) bool) {
		for _, source := range sources {
			for c, err := range source {
				if !yield(c, err) || err != nil {
					return
				}
			}
		}
	}
}

// readNames reads names from the command line. A malformed one is a usage error.
func readNames(words []string) ([]accountlist.Name, error) {
	names := make([]accountlist.Name, 0, len(words))
	for _, w := range words {
		n, err := accountlist.ReadName(w)
		if err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	return names, nil
}
