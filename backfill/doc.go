// Package backfill fills the gap that Mastodon leaves when you follow an account,
// its older public posts: it is the engine, from a list of accounts to what has come
// of each.
//
// It knows no adapter, no command line and no database: what it needs of them it
// declares as small interfaces (ports.go), which the adapters satisfy. How posts get
// to home is a [Deliverer].
package backfill
