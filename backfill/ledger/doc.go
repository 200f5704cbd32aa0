// Package ledger keeps the durable record of what was asked, when, and what came of
// every post, in an SQL database. It holds the records of any number of home servers.
// A [Database] says where it is, and what is special there; package sqlite keeps it in
// a file.
//
// Every change is one transaction that is on disk when the method returns. Nothing is
// kept in memory that a crash could lose:
//
//   - A killed run resumes because it is still open: it has no finished_at. Begin
//     finds it, takes no second token, and hands it on (run.go). Its pages are in the
//     listing, and the next walk continues at the gap that it left (listing.go); its
//     posts have their outcomes, and its jobs can be followed up.
//   - An account may start again when its bucket has a token (token.go).
//   - A claim on an account names its process, and counts while the database knows
//     that process to be alive (claim.go).
//
// What it keeps, one table each. Times are milliseconds since 1970 in UTC.
//
//	accounts   the accounts of a home server, by their handles
//	runs       the backfills of an account: when, why and how they ended. One
//	           without finished_at is open; an account has at most one. The round
//	           is the one that it has come to; told are the imports that its
//	           results have told of
//	buckets    the tokens of an account: when it may start again (token.go)
//	claims     which process works on which run of which account (claim.go)
//	owners     those processes ([Owners])
//	deferred   accounts that have to wait: until when, why, what was wanted of them
//
//	stems      what the URIs of an account's posts have in common (stem.go)
//	posts      the posts of an account that any listing has named, and what came
//	           of each: its outcome and the run that recorded it, how often it was
//	           tried, when to try it again
//	jobs       the jobs in home's Sidekiq for posts whose outcome is not known yet.
//	           One without pushed_at was about to be pushed
//	listings   the sources of an account that were read, such as its outbox
//	stretches  the parts of a listing that were read without a gap (listing.go)
//	entries    the posts of a listing in their order
//	marks      the ids of all entries, of whatever kind, of a stretch's top page
//
//	threads    posts whose replies are wanted, and when they were brought
//	replies    the replies that home was given one by one, and what came of them
//
//	follow_lists  lists of follows that were looked at for new ones, and up to where
//	new_follows   the accounts of such a list that were followed of late, whether they
//	              wait to be backfilled, and for which process (follows.go,
//	              waiting_follows.go)
//
//	asked      the accounts that a service was asked for and of which nothing has come
//	           yet, askers who has asked within the hour, and queues the home servers
//	           of which that was so (asked.go)
//
//	servers    facts about servers that hold for a while, such as "has no
//	           backfill endpoint", for one home server
//	pauses     until when a server wants to be left alone, for all home servers
//
//	paces      what processes share about the pace of servers (pace.go). Only these are
//	           not on disk when the method returns: a failure of the machine may lose
//	           them
//
//	unfinished_copy  is there only while the ledger is becoming a copy of another
//	                 one (copy.go)
package ledger
