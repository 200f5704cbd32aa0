package backfill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tootfill/backfill/fediverse"
)

// knownBatch is how many posts are read from the ledger, or offered, at a time.
const knownBatch = 500

// filling is the filling of one account: it records, counts and reports what comes
// of posts. The walk over the listing and the delivery share it.
type filling struct {
	s *session
	// ctx ends when nothing new may be started for the account.
	ctx     context.Context
	account fediverse.Account
	// now is the account as home knows it now.
	now func() fediverse.Account
	// full says that what home holds has to be known exactly.
	full    bool
	run     Run
	tally   *tally
	met     *metPosts
	profile *profileCount
	// replies are those to the posts; nil if they are not wanted.
	replies AccountReplies
	// standstills is how many runs in a row have tried the account in vain.
	standstills func() (int, error)
	// slot is the account's among those that are worked on.
	slot *slot
	// round is the round of the account, counted from 0.
	round int
}

var _ Filling = (*filling)(nil)

// Account is the account to fill, as home knows it now.
func (f *filling) Account() fediverse.Account { return f.now() }

// Context ends when nothing new may be started for the account.
func (f *filling) Context() context.Context { return f.ctx }

// Full says that what home holds has to be known exactly.
func (f *filling) Full() bool { return f.full }

// Standstills is how many runs in a row have tried the account in vain.
func (f *filling) Standstills() (int, error) { return f.standstills() }

// OfOthers is false: the posts are by the account, or boosted by it.
func (f *filling) OfOthers() bool { return false }

// Settle records, counts and reports what came of posts.
func (f *filling) Settle(posts ...KnownPost) error {
	err := f.noteBefore(posts)
	var taken *BusyError
	if err != nil && !errors.As(err, &taken) {
		f.s.unrecorded.add(f.account.Handle, posts)
		return err
	}
	early := f.markSettled(posts)
	if err := f.record(posts); err != nil {
		return err
	}
	for i, k := range posts {
		if k.Outcome == Imported {
			f.tally.bring()
		}
		f.countSettled(k, early[i])
	}
	return err
}

// noteBefore notes what must be known of posts before their outcomes.
func (f *filling) noteBefore(posts []KnownPost) error {
	if slices.ContainsFunc(posts, func(k KnownPost) bool { return k.Outcome == Imported }) {
		if err := f.profile.rises(f.s.saving); err != nil {
			return err
		}
	}
	return f.noteThreads(posts)
}

// SettleVain is Settle for a post that was tried in vain.
func (f *filling) SettleVain(k KnownPost) error {
	early := f.markSettled([]KnownPost{k})
	if err := f.record([]KnownPost{k}); err != nil {
		return err
	}
	f.tally.tryInVain(k)
	f.countSettled(k, early[0])
	return nil
}

// markSettled notes that posts are settled, before the walk can read that in the
// ledger. It returns which of them the walk has not met.
func (f *filling) markSettled(posts []KnownPost) (early []bool) {
	for _, k := range posts {
		early = append(early, f.met.settle(k.URI))
	}
	return early
}

// countSettled counts a post that was settled. The post of a job that an earlier
// process has pushed belongs to the run even if the walk has not met it, but does
// not count towards the limit: the newest posts are still to come.
func (f *filling) countSettled(k KnownPost, early bool) {
	if early {
		f.tally.belongs()
	}
	f.count(k, k.Outcome, k.Reason)
}

func (f *filling) record(posts []KnownPost) error {
	if len(posts) == 0 {
		return nil
	}
	if err := f.s.engine.Ledger.RecordOutcomes(f.s.saving, f.run, posts); err != nil {
		f.s.unrecorded.add(f.account.Handle, posts)
		return fmt.Errorf("recording what came of posts of %s: %w", f.account.Handle, err)
	}
	return nil
}

// count counts and reports the outcome of a post.
func (f *filling) count(k KnownPost, o Outcome, reason string) {
	f.tally.settle(k.URI, o, reason)
	f.s.tell(PostSettled{Account: f.account.Handle, URI: k.URI, Published: k.Published, Outcome: o, Reason: reason})
}

// recordPage records a page of the listing before anything is done with its posts,
// and returns the posts with what is known of them.
func (f *filling) recordPage(stretch int64, p ListedPage) (Stretch, []KnownPost, error) {
	next, posts, err := f.s.engine.Ledger.RecordPage(f.s.saving, f.run, stretch, p)
	if err != nil {
		return Stretch{}, nil, fmt.Errorf("recording a page of %s: %w", f.account.Handle, err)
	}
	return next, posts, nil
}

// reread returns where a walk stands that has found nothing new on the top page of a
// source. known is false if the source was never read.
func (f *filling) reread(source string) (s Stretch, known bool, err error) {
	s, known, err = f.s.engine.Ledger.Reread(f.s.saving, f.run, source)
	if err != nil {
		return Stretch{}, false, fmt.Errorf("reading what is known of %s: %w", f.account.Handle, err)
	}
	return s, known, nil
}

// readKnown reads posts of a span that the ledger knows, and returns the rest of it.
func (f *filling) readKnown(span Span) ([]KnownPost, Span, error) {
	posts, rest, err := f.s.engine.Ledger.ReadKnown(f.s.saving, f.run, span, knownBatch)
	if err != nil {
		return nil, rest, fmt.Errorf("reading what is known of %s: %w", f.account.Handle, err)
	}
	return posts, rest, nil
}

// recorded returns what is known of posts, in the order of their URIs.
func (f *filling) recorded(uris []string) ([]KnownPost, error) {
	known, err := f.s.engine.Ledger.Recorded(f.s.saving, f.run, uris)
	if err != nil {
		return nil, fmt.Errorf("reading what is known of %s: %w", f.account.Handle, err)
	}
	return known, nil
}

// Jobs returns the jobs of the account whose outcome is not known.
func (f *filling) Jobs() ([]RecordedJob, error) { return f.s.engine.Ledger.Jobs(f.s.saving, f.run) }

// RecordJobs records jobs for posts of the account.
func (f *filling) RecordJobs(jobs []Job) error {
	return f.s.engine.Ledger.RecordJobs(f.s.saving, f.run, jobs)
}

// Round is the round of the account.
func (f *filling) Round() int { return f.round }

// Fact is what is remembered of the account at home under a name.
func (f *filling) Fact(name string) Fact { return f.s.factOf(f.account, name) }

// Tell tells of an event.
func (f *filling) Tell(e Event) { f.s.tell(e) }

// Wait waits for a server and reports that. Whoever waits for its origin leaves its
// slot to another account.
func (f *filling) Wait(on string, d time.Duration, reason string) (err error) {
	if on == f.s.engine.Home {
		return f.s.waitIn(f.ctx, f.account.Handle, on, d, reason)
	}
	f.slot.whileAway(func() { err = f.s.waitIn(f.ctx, f.account.Handle, on, d, reason) })
	return err
}
