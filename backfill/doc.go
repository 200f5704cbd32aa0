// Package backfill fills the gap that Mastodon leaves when you follow an account,
// its older public posts: it is the engine, from a list of accounts to the result
// of each.
//
// It knows no adapter, no command line and no database. What it needs from them it
// declares as small interfaces (ports.go), which the adapters satisfy. How posts
// get to home is up to a [Deliverer].
package backfill
