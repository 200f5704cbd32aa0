// Package sqlite keeps the ledger: the durable record of what was asked, when,
// and what came of every post.
//
// One file, ledger.db, holds the records of any number of home servers. Several
// processes may use it at once: SQLite's write-ahead log lets them read and
// write side by side, and every change is one transaction that is on disk when
// the method returns. Which process works on which account is told by claims;
// a claim is worth as much as the kernel's lock on the file of its owner, so
// that those of a process that was killed are free at once (owner.go).
//
// The files, all of them private to their user:
//
//	ledger.db          the records; -wal and -shm beside it belong to SQLite
//	ledger.lock        held while the ledger is created, brought up to date, opened or closed
//	ledger.reading     shared by those who only read (presence.go)
//	owners/ID.lock     held by a process that has claimed accounts
package sqlite
