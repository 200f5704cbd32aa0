// Package testservers starts real servers for tests: a redis-server and a
// PostgreSQL, each on a free port of the loopback interface, with its files in
// a folder of its own. They end with the test that started them.
//
// If the server's program is not installed, the test is skipped. If the environment
// variable CI is set, the test fails instead, so that no automatic run goes without
// it.
package testservers
