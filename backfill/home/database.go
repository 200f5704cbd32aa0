// Package home is what holds for the home server however it is reached: what its
// moderators refuse, which accounts it knows, which were followed of late, how long it
// keeps posts, and which routes are open.
package home

import (
	"context"
	"crypto/rsa"
	"errors"
	"iter"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Database is the home server's own database. It gives the facts from which this
// package makes the rules.
type Database interface {
	// Accounts finds those that home knows; a database cannot make home fetch one.
	// Standing tells who follows, but nothing about the moderators' rules.
	backfill.Accounts
	Rules
	FollowTable
	// AccountWithID finds one by its id; backfill.ErrNoAccount if there is none.
	AccountWithID(ctx context.Context, id string) (fediverse.Account, error)
	// StandingOf tells whether the local account with the id asker follows a.
	StandingOf(ctx context.Context, a fediverse.Account, asker string) (backfill.Standing, error)
	// Retention tells how long home keeps the posts of other servers.
	Retention
	// HeldCount counts an account's own public and unlisted posts on home. An error
	// may be ErrNoRight.
	HeldCount(ctx context.Context, a fediverse.Account) (int, error)
	// AccountAt finds one by the address of its actor or of its profile.
	AccountAt(ctx context.Context, address string) (fediverse.Account, error)
	// Followed lists the remote accounts that local ones follow. An error may be
	// ErrUnreadableAccount, after which the list continues.
	Followed(ctx context.Context, since int64) iter.Seq2[fediverse.Account, error]
	// RemoteFollowers lists the remote accounts that follow local ones, and
	// RemoteRequests those that have asked to, as Followed does.
	RemoteFollowers(ctx context.Context) iter.Seq2[fediverse.Account, error]
	RemoteRequests(ctx context.Context) iter.Seq2[fediverse.Account, error]
	// HasList reports whether a local account has a list with a title, in whatever
	// case, and ListAccounts lists the remote accounts of all such lists, as Followed
	// does. Errors may be ErrNoRight.
	HasList(ctx context.Context, title string) (bool, error)
	ListAccounts(ctx context.Context, title string) iter.Seq2[fediverse.Account, error]
	// InstanceKey is the key with which home signs its own requests.
	InstanceKey(ctx context.Context) (keyID string, key *rsa.PrivateKey, err error)
}

// What the errors of adapters are, for errors.Is.
var (
	// ErrNoRight: the role that reads home's database lacks the right to read
	// this.
	ErrNoRight = errors.New("the role may not read this")
	// ErrUnreadableAccount: home lists an account whose name is not a handle.
	ErrUnreadableAccount = errors.New("the account cannot be read")
)
