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

// moment also reads dates of APIs and feeds: Lemmy before 0.19 and WordPress's
// date_gmt leave out the zone, and feeds have dates of all kinds. Home reads the
// date in the object itself.
func moment(text string) time.Time {
	t, err := rubydate.Parse(text)
	if err != nil {
		return time.Time{}
	}
	return t
}
