// Package backfilltest holds what tests hand in for the ports of package
// backfill: a clock that nobody has to wait for, and pauses that are kept in
// memory. Only tests import it.
package backfilltest
