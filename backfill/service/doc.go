// Package service is what runs beside Mastodon: it answers POST and GET on
// /api/v1/accounts/:id/backfill for home's own people, and notes what they ask for in
// a queue that outlives the process.
//
// Who asks is told by the token alone, which is shown to nobody but home (tokens.go).
// What is asked for is worked on by the engine, which takes it from the queue.
//
// No command runs it yet.
package service
