// Package activitypub reads origins: which posts an account has published, as
// its own server lists them. It finds the account by WebFinger, reads its actor
// and walks its outbox. Where that is closed, empty, capped or broken it looks for
// another listing: the API of the software, or a feed.
//
// How servers really publish outboxes differs a lot from one software to the
// next; the comments name the ones that a piece of code is there for.
package activitypub
