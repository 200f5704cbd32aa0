// Package backfilltest has, for tests, what the program is handed from outside: a
// clock that nobody has to wait for, pauses kept in memory, and an environment. Only
// tests import it.
package backfilltest
