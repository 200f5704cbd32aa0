// Package service is what runs beside Mastodon: it answers POST and GET on
// /api/v1/accounts/:id/backfill for home's own people, and notes what they ask for in
// a queue that outlives the process.
//
// Who asks is told by the token alone, which is shown to nobody but home (tokens.go).
// What is asked for is worked on by the engine, which takes it from the queue.
//
// Endpoint is the handler, and Tokens remembers for a minute whose tokens are. Server
// serves a handler where ParseAddress or InheritedListeners says. Home's API
// (mastodon.TokenOwners), its database (home.Moderated) and the ledger fill the ports.
package service
