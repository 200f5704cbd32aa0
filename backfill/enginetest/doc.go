// Package enginetest is an engine with everything it needs for tests: a home server,
// an origin and home's Sidekiq in memory, and the real ledger in a temporary folder.
// Only tests import it.
package enginetest
