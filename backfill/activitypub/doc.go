// Package activitypub reads origins: it lists the posts that an account has
// published, according to its own server. It finds the account by WebFinger, reads
// its actor and walks its outbox. If the outbox is closed, empty, capped or broken,
// it looks for another listing: the API of the software, or a feed.
//
// Outboxes differ a lot from one software to the next; comments name the software
// for which a piece of code exists.
package activitypub
