package home

import "tootfill/backfill/fediverse"

// Unusable says why a server cannot be filled; it is empty if nothing speaks against
// it. api says that the server has Mastodon's API.
func Unusable(api bool, s fediverse.Software) string {
	switch {
	case !api:
		return "it does not have Mastodon's API"
	case TooOld(s):
		return "tootfill works with Mastodon 4.0 and newer"
	}
	return ""
}
