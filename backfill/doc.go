// Package backfill fills the gap that Mastodon leaves when you follow an
// account: its older public posts.
//
// It holds the domain and the [Engine]. It knows no adapter, no command line
// and no database: what it needs of them it declares as small interfaces
// (ports.go), which the packages below this one satisfy.
package backfill
