// Package fediverse holds the words that all of the program speaks: handles,
// hosts, accounts, actors, posts, and the tags by which people opt out.
package fediverse
