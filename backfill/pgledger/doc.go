// Package pgledger keeps a ledger in a PostgreSQL database, which several machines may
// use at once.
//
// The tables are those of package ledger, in a schema of their own (schema.go). The
// database's clock is the only one that counts, and a process counts as alive while it
// renews its lease there (lease.go). Nothing belongs to a connection, so that a pooler
// may share connections between transactions: no statement is prepared by name, nothing
// is SET, and every name has its schema (dialect.go).
package pgledger
