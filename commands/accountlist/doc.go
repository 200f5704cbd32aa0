// Package accountlist reads lists of accounts: texts, tables and JSON, as people
// write them and as servers export them.
package accountlist
