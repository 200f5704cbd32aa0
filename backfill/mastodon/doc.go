// Package mastodon speaks to the home server over Mastodon's REST API: it finds
// accounts, lists the posts that home holds, and has posts imported one by one
// (route resolve) or as a whole (route request).
//
// Every request goes through one transport. Only the transport knows the token,
// which it sends to home's scheme, host and port alone. It keeps to home's rate
// limits, and turns every error answer into one of package backfill's errors.
package mastodon
