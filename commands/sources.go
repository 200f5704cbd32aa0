package commands

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/postgres"
)

// jobs is a source of accounts to backfill. An error ends it.
type jobs = iter.Seq2[backfill.Job, error]

// namedJobs are the accounts named on the command line. fail is told of an
// address at which home finds none.
func namedJobs(names []accountName, find finder, fail func(address string, err error)) jobs {
	return func(yield func(backfill.Job, error) bool) {
		for _, n := range names {
			job, err := n.job(find)
			if err != nil && !endsAll(err) {
				fail(n.Address, err)
				continue
			}
			if !yield(job, err) || err != nil {
				return
			}
		}
	}
}

// finder asks home for accounts by their addresses. A dry run has home fetch
// nothing.
func (s *system) finder(ctx context.Context, dryRun bool) finder {
	return func(address string) (backfill.Job, error) {
		a, err := s.accountAt(ctx, address, !dryRun)
		if err != nil {
			return backfill.Job{}, err
		}
		if s.database != nil {
			return backfill.Job{Handle: a.Handle}, nil // the database says more
		}
		return backfill.Job{Handle: a.Handle, Account: &a}, nil
	}
}

// accountAt is the account at an address, by home's database, or else by its
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
			Err:  fmt.Errorf("%s knows no account at %s, and is asked to fetch none", s.homeName, address),
			Hint: "write the account as user@domain",
		}
	case errors.Is(err, backfill.ErrNoAccount):
		return a, &backfill.Hinted{
			Err:  fmt.Errorf("%s finds no account at %s", s.homeName, address),
			Hint: "is it the address of a profile? if so write the account as user@domain",
		}
	}
	return a, err
}

// following are the remote accounts that the token's account follows, or
// without a token those whom anybody on home follows.
func (s *system) following(ctx context.Context, warn func(text, hint string)) jobs {
	switch {
	case s.home == nil:
		return followingJobs(backfill.PatientList(ctx, s.patience, s.database.Followed(ctx, 0)), warn, func(a fediverse.Account) backfill.Job {
			return backfill.Job{Handle: a.Handle, Account: &a}
		})
	case s.database != nil:
		return followingJobs(backfill.PatientList(ctx, s.patience, s.home.Following(ctx, s.identity)), warn, func(a fediverse.Account) backfill.Job {
			return backfill.Job{Handle: a.Handle} // the database says more
		})
	}
	return followingJobs(backfill.PatientList(ctx, s.patience, s.home.Following(ctx, s.identity)), warn, func(a fediverse.Account) backfill.Job {
		job := backfill.Job{Handle: a.Handle, Account: &a}
		if !a.SuspendedByHome {
			job.Standing = &backfill.Standing{Following: true}
		}
		return job
	})
}

// followingJobs are accounts that are followed, of which home has told all that
// toJob keeps. An account whose name cannot be read is warned of and left out.
func followingJobs(following iter.Seq2[fediverse.Account, error], warn func(text, hint string), toJob func(fediverse.Account) backfill.Job) jobs {
	return func(yield func(backfill.Job, error) bool) {
		for a, err := range following {
			if isUnreadable(err) {
				warn(err.Error(), "")
				continue
			}
			if err != nil {
				yield(backfill.Job{}, fmt.Errorf("reading the list of followed accounts: %w", err))
				return
			}
			if !yield(toJob(a), nil) {
				return
			}
		}
	}
}

// isUnreadable says that an error is about the name of one account alone.
func isUnreadable(err error) bool {
	var told *mastodon.UnreadableAccountError
	var stored *postgres.UnreadableAccountError
	return errors.As(err, &told) || errors.As(err, &stored)
}

// failingJobs are those of a source that cannot be read.
func failingJobs(err error) jobs {
	return func(yield func(backfill.Job, error) bool) { yield(backfill.Job{}, err) }
}

// dueJobs are the accounts which were deferred and may run now. Each is taken up
// as it was meant, but for what the command line says of its own.
func dueJobs(due iter.Seq2[backfill.Deferral, error], overrule func(*backfill.Wanted)) jobs {
	return func(yield func(backfill.Job, error) bool) {
		for d, err := range due {
			if err != nil {
				yield(backfill.Job{}, fmt.Errorf("reading the deferred accounts: %w", err))
				return
			}
			job := backfill.Job{Handle: d.Account, Wanted: d.Wanted}
			if d.Wanted != nil {
				overrule(d.Wanted)
				job.Spelling = d.Wanted.Spelling
			}
			if !yield(job, nil) {
				return
			}
		}
	}
}

// allJobs are those of all sources, one after the other and each account once.
func allJobs(sources ...jobs) jobs {
	return func(yield func(backfill.Job, error) bool) {
		seen := make(map[fediverse.Handle]struct{})
		for _, source := range sources {
			for job, err := range source {
				if _, twice := seen[job.Handle]; twice && err == nil {
					continue
				}
				seen[job.Handle] = struct{}{}
				if !yield(job, err) || err != nil {
					return
				}
			}
		}
	}
}

// readNames reads names from the command line; one that is malformed is a usage
// error.
func readNames(words []string) ([]accountName, error) {
	names := make([]accountName, 0, len(words))
	for _, w := range words {
		n, err := readName(w)
		if err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	return names, nil
}
