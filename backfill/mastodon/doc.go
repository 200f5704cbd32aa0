// Package mastodon speaks to the home server over Mastodon's REST API: it finds
// accounts, lists the posts that home holds, and has posts imported one by one
// (route resolve) or as a whole (route request).
//
// Every request goes through one transport. It alone knows the token and sends
// it to home's origin only; it keeps to home's rate limits; and it turns every
// answer that is an error into one of package backfill's errors.
package mastodon
