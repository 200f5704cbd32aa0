// Package backfilltest implements ports of package backfill for tests: a clock that
// nobody has to wait for, and pauses kept in memory. Only tests import it.
package backfilltest
