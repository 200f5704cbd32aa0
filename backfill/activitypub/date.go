package activitypub

import (
	"time"

	"tootfill/backfill/loosejson"
	"tootfill/backfill/rubydate"
)

// date is when something was published; zero if the date is missing, or if Mastodon
// cannot read it: Mastodon dates such a post today
// (app/lib/activitypub/parser/status_parser.rb, created_at).
func date(n loosejson.Node) time.Time { return moment(n.Text("published")) }

// moment reads a date of an API or a feed, too: Lemmy before 0.19 leaves the zone
// out, WordPress does in date_gmt, and feeds have what occurs. What home makes of
// the post it reads in the object itself.
func moment(text string) time.Time {
	t, err := rubydate.Parse(text)
	if err != nil {
		return time.Time{}
	}
	return t
}
