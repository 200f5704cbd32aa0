// Package activitypub reads origins: which posts an account has published, as
// its own server lists them. It finds the account by WebFinger, reads its actor
// and walks its outbox.
//
// How servers really publish outboxes differs a lot from one software to the
// next; the comments name the ones that a piece of code is there for.
package activitypub
