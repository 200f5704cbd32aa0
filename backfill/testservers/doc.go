// Package testservers starts real servers for tests: a redis-server and a
// PostgreSQL, each on a free port of the loopback interface, with its files in
// a folder of its own. They end with the test that has started them.
//
// Where the program is not installed the test is skipped; where the variable CI
// is set it fails instead, so that no automatic run goes without these tests.
package testservers
