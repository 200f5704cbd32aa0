package backfill

import "time"

// Options say what a run is to do.
type Options struct {
	Via Via
	// Limit is how many of the newest eligible posts are wanted; 0 means all.
	Limit int
	// Since and Until bound the dates of the posts; zero means open.
	Since, Until time.Time
	// DepthFirst finishes each account before the next one, as far as their servers
	// allow, instead of bringing the newest posts of all accounts first.
	DepthFirst bool
	// Endless says that the targets come one by one for as long as the run lasts. None
	// waits for another, and an account may come again once it has come to its end.
	Endless bool
	// Accounts is how many accounts are worked on at a time, besides those that wait
	// for their own servers; 0 means DefaultAccounts.
	Accounts int
	// Concurrency is how many imports run at a time, at least 1.
	Concurrency int
	// NotFollowed allows accounts that the token's account does not follow.
	NotFollowed bool
	// Exclusions are the accounts and servers that are left out.
	Exclusions Exclusions
	// Wait is how long to look for posts after home has accepted a request.
	Wait time.Duration
	// Boosts also imports boosted posts.
	Boosts bool
	// Replies also brings what was answered to imported posts.
	Replies bool
	// RespectIndexable leaves accounts that do not want to be indexed alone.
	RespectIndexable bool
	// MaxWaiting is how many jobs of route sidekiq may wait at a time, at least 1.
	MaxWaiting int
	// MaxLatency pauses route sidekiq while the oldest import job has waited
	// longer.
	MaxLatency time.Duration
	// NoWait ends route sidekiq once everything is pushed; a later run settles the
	// jobs.
	NoWait bool
	// HomeTimelines has what was imported merged into the home timelines of the
	// account's followers (route sidekiq).
	HomeTimelines bool
	// Listing is the kind of listing that was asked for; empty means whichever kind
	// the origin has.
	Listing string
	// Full ignores what earlier runs have learnt: it asks the origin about the account,
	// lists all posts again, and delivers those that home lacks, even if it once had
	// them.
	Full bool
	// RetryLeft tries posts that were left after too many runs once more.
	RetryLeft bool
	// WaitLimit waits for the hourly limit of an account instead of deferring it.
	WaitLimit bool
}

// wanted is the part of the options that Wanted is about.
func (o Options) wanted() Wanted {
	return Wanted{
		Limit: o.Limit, Since: o.Since, Until: o.Until, Boosts: o.Boosts,
		NotFollowed: o.NotFollowed, Via: o.Via, Listing: o.Listing, Replies: o.Replies, Full: o.Full,
	}
}

// wantedAs is what is wanted of a target's account.
func (o Options) wantedAs(j Target) Wanted {
	w := o.wanted()
	w.Spelling = j.Spelling
	return w
}

// with are the options for an account of which w is wanted.
func (o Options) with(w Wanted) Options {
	o.Limit, o.Since, o.Until = w.Limit, w.Since, w.Until
	o.Boosts, o.NotFollowed, o.Via, o.Replies, o.Full, o.Listing = w.Boosts, w.NotFollowed, w.Via, w.Replies, w.Full, w.Listing
	return o
}
