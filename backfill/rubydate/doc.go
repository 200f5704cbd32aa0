// Package rubydate reads dates as Ruby's DateTime.parse does, by which Mastodon
// reads when a post was published (app/lib/activitypub/parser/status_parser.rb).
// What it cannot read, Mastodon takes for now.
//
// The libraries for lenient dates read many of these texts as other days:
// 05-01-2024 is the first of May to them and the fifth of January to Ruby.
package rubydate
