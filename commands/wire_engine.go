package commands

import (
	"context"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/push"
	"tootfill/backfill/replies"
	"tootfill/backfill/resolve"
)

// engine puts the engine together.
func (s *system) engine(o backfill.Options, software fediverse.Software) *backfill.Engine {
	e := &backfill.Engine{
		Accounts: s.accounts(o.NotFollowed || s.due), Origin: s.reader, ByListing: s.originBy, Ledger: s.store,
		Clock: s.clock, Listener: s.listener, Patience: s.patience, Home: s.homeName, Options: o,
	}
	if s.api != nil {
		e.Resolve, e.Refresher = resolve.Deliverer{Held: s.api, Importer: s.api}, s.api
		if !home.TooOld(software) {
			e.Requester = s.api
		}
	}
	if o.Replies || s.due {
		e.Replies = s.replies(software)
	}
	if s.database == nil && s.api != nil {
		e.Introducer, e.Asker = s.api, s.api.AccountID() // what home's database says costs nothing
	}
	if s.workers != nil {
		e.Push = push.Deliverer{Database: s.posts, Workers: s.workers}
	}
	return e
}

// replies brings the replies to imported posts in the way that home offers.
func (s *system) replies(software fediverse.Software) backfill.Replies {
	r := replies.Replies{
		Ledger: s.store, HomeFetches: software.MastodonSince(4, 5), Origins: s.reader,
		Limits: replies.Limits{
			Threads: s.settings.Threads, PerPost: s.settings.RepliesPerPost, PerAccount: s.settings.RepliesPerAccount,
		},
	}
	if s.api != nil {
		r.Home = s.api
	}
	if s.workers != nil {
		r.Workers, r.Database = s.workers, s.posts
	}
	return r
}

// putOff defers accounts because of an outage at the start.
func (s *system) putOff(ctx context.Context, o backfill.Options, dry bool, targets targets) error {
	e := &backfill.Engine{Ledger: s.store, Clock: s.clock, Listener: s.listener, Patience: s.patience, Home: s.homeName, Options: o}
	if dry {
		e = e.DryRun()
	}
	return e.PutOff(ctx, s.outage, targets)
}

// patientAccounts is accounts with patience, for use without an engine.
func (s *system) patientAccounts(unknown bool) backfill.Accounts {
	return backfill.PatientAccounts(s.accounts(unknown), s.patience)
}

// accounts finds accounts in home's database if that is available, otherwise over
// its API.
func (s *system) accounts(unknown bool) backfill.Accounts {
	if s.database == nil {
		return s.home
	}
	known := home.Accounts{Database: s.database, Home: s.homeName, IsHome: s.isHome, Unknown: unknown}
	if s.home != nil {
		known.Fetch = s.home
	}
	return known
}

func (s *system) isHome(domain string) bool {
	if i := s.settings.Installation; i != nil {
		return i.IsHome(domain)
	}
	return domain == s.homeName
}
