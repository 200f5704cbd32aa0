// Package rubydate reads dates as Ruby's DateTime.parse does, with which Mastodon
// reads the publication date of a post
// (app/lib/activitypub/parser/status_parser.rb). Mastodon dates a post whose date
// it cannot read at the present.
//
// Go libraries for lenient dates read many of these texts differently: to them
// 05-01-2024 is the first of May, to Ruby the fifth of January.
package rubydate
