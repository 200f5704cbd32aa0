// Package sqlite keeps the ledger, the durable record of what was asked, when, and
// what came of every post, in a file that several processes may use at once.
//
// One file, ledger.db, holds the records of any number of home servers; schema.go
// says what is in its tables. SQLite's write-ahead log lets processes read and
// write side by side, and every change is one transaction that is on disk when the
// method returns. Nothing is kept in memory that a crash could lose:
//
//   - A killed run resumes because it is still open: it has no finished_at. Begin
//     finds it, takes no second token, and hands it on (run.go). Its pages are in the
//     listing, and the next walk continues at the gap that it left (listing.go); its
//     posts have their outcomes, and its jobs can be followed up.
//   - An account may start again when its bucket has a token (token.go).
//   - A claim on an account names its process, and counts while that process holds
//     a lock on a file of its own. The kernel releases the lock however the
//     process ends, so the claims of a killed one are free at once (owner.go,
//     claim.go).
//
// The files, all of them private to their user:
//
//	ledger.db          the records; -wal and -shm beside it belong to SQLite
//	ledger.lock        held while the ledger is created, brought up to date, opened or closed
//	ledger.reading     shared by those who only read (gate.go)
//	ledger.users       shared by all who have the ledger open (users.go)
//	owners/ID.lock     held by a process that has claimed accounts
package sqlite
