// Package pgledger keeps a ledger in a PostgreSQL database, which several machines may
// use at once.
//
// The tables are those of package ledger, in a schema of their own (schema.go). The
// database's clock is the only one that counts, and a process counts as alive while it
// renews its lease there (lease.go). A database that is away is waited for (away.go), and
// no change is made twice although the answer to a COMMIT was lost (write.go). Nothing belongs to a connection, so that a pooler
// may share connections between transactions: no statement is prepared by name, nothing
// is SET for longer than a transaction, and every name has its schema (dialect.go).
package pgledger
