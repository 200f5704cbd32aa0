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

// targets is a source of accounts to backfill. An error ends it.
type targets = iter.Seq2[backfill.Target, error]

// namedTargets are the accounts named on the command line. fail is called for an
// address at which home finds none.
func namedTargets(names []accountlist.Name, find accountlist.Finder, fail func(address string, err error)) targets {
	return func(yield func(backfill.Target, error) bool) {
		for _, n := range names {
			target, err := n.Target(find)
			target.Named = true
			if err != nil && !endsAll(err) {
				fail(n.Address, err)
				continue
			}
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
func (s *system) finder(ctx context.Context, dryRun bool) accountlist.Finder {
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
func (s *system) following(ctx context.Context, warn func(text string, hint backfill.Hint)) targets {
	return s.listed(ctx, s.followed(ctx), warn)
}

// listedTargets makes targets of the accounts of a list that home keeps; toTarget
// decides what to keep of what home told. It leaves out accounts whose names cannot be
// read, with a warning.
func listedTargets(of string, accounts iter.Seq2[fediverse.Account, error], warn func(text string, hint backfill.Hint), toTarget func(fediverse.Account) backfill.Target) targets {
	return func(yield func(backfill.Target, error) bool) {
		for a, err := range accounts {
			if errors.Is(err, home.ErrUnreadableAccount) {
				warn(err.Error(), backfill.Hint{})
				continue
			}
			if err != nil {
				yield(backfill.Target{}, fmt.Errorf("reading the list of %s: %w", of, err))
				return
			}
			if !yield(toTarget(a), nil) {
				return
			}
		}
	}
}

// failingTargets yields the error of a source that cannot be read.
func failingTargets(err error) targets {
	return func(yield func(backfill.Target, error) bool) { yield(backfill.Target{}, err) }
}

// dueTargets yields the deferred accounts that may run now, each with the options
// that it was deferred with, except where the command line overrules them.
func dueTargets(due iter.Seq2[backfill.Deferral, error], overrule func(*backfill.Wanted)) targets {
	return func(yield func(backfill.Target, error) bool) {
		for d, err := range due {
			if err != nil {
				yield(backfill.Target{}, fmt.Errorf("reading the deferred accounts: %w", err))
				return
			}
			target := backfill.Target{Handle: d.Account, Wanted: d.Wanted}
			if d.Wanted != nil {
				overrule(d.Wanted)
				target.Spelling = d.Wanted.Spelling
			}
			if !yield(target, nil) {
				return
			}
		}
	}
}

// allTargets yields the targets of all sources in order, each account once.
func allTargets(sources ...targets) targets {
	return func(yield func(backfill.Target, error) bool) {
		seen := make(map[fediverse.Handle]struct{})
		for _, source := range sources {
			for target, err := range source {
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
