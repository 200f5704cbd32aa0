// Package sqlite keeps a ledger in a file that several processes may use at once.
//
// SQLite's write-ahead log lets processes read and write side by side. A process counts
// as alive while it holds a lock on a file of its own. The kernel releases the lock
// however the process ends, so the claims of a killed one are free at once (owner.go).
//
// The files, all of them private to their user:
//
//	ledger.db          the records; -wal and -shm beside it belong to SQLite
//	ledger.lock        held while the ledger is created, brought up to date, opened or closed
//	ledger.reading     shared by those who only read (gate.go)
//	ledger.users       shared by all who have the ledger open (users.go)
//	owners/ID.lock     held by a process that has claimed accounts
package sqlite
