// Package fediverse holds the words that the whole program uses: handles, hosts,
// accounts, actors, posts, and the tags by which people opt out.
package fediverse
