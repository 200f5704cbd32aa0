package backfill

import (
	"strings"
	"time"

	"tootfill/backfill/fediverse"
)

// clockSkew is how far into the future a post may be dated: clocks differ.
const clockSkew = 5 * time.Minute

// Why an entry of a listing is never imported.
const (
	notForAll     = "not public"
	boosted       = "a boost"
	foreignAuthor = "not by this account"
	foreignHost   = "not on its author's server"
	unencrypted   = "not on https"
	empty         = "has no content"
	undated       = "has no date"
	futureDated   = "dated in the future"
	leftOut       = "a boost from a server that is left out"
)

// ineligible says why p may never be imported for the account, or "".
//
// Home gives a post without a valid date the present time, and so puts it on top of
// people's timelines (Mastodon app/lib/activitypub/parser/status_parser.rb); such
// posts stay out. Nothing is known of a bare post, so home judges it. A boosted
// post has an author and a date of its own, which home finds out.
func ineligible(p fediverse.Post, actor fediverse.Actor, boosts bool, now time.Time) string {
	switch {
	case p.Bare && !p.Boost && p.Author != "" && p.Author != actor.URI:
		return foreignAuthor
	case p.Bare && !p.Boost:
		return offPlace(p.URI, actor.URI)
	case p.Visibility != fediverse.Public && p.Visibility != fediverse.Unlisted:
		return notForAll
	case p.Boost && !boosts:
		return boosted
	case p.Boost && p.Author == "":
		return offPlace(p.URI, p.URI)
	case p.Boost:
		return offPlace(p.URI, p.Author)
	case p.Author != actor.URI:
		return foreignAuthor
	}
	return Unfit(p, now)
}

// Unfit says why a post by anybody may never be imported, or "". Of a bare one nothing
// is known but its address, so home judges the rest.
func Unfit(p fediverse.Post, now time.Time) string {
	switch {
	case p.Bare:
		return offPlace(p.URI, p.URI)
	case p.Visibility != fediverse.Public && p.Visibility != fediverse.Unlisted:
		return notForAll
	case p.Empty:
		return empty
	case p.Published.IsZero():
		return undated
	case p.Published.After(now.Add(clockSkew)):
		return futureDated
	}
	return offPlace(p.URI, p.Author)
}

// offPlace says why a post is not where its author's posts are.
func offPlace(uri, author string) string {
	switch {
	case !fediverse.SameHost(uri, author):
		return foreignHost
	case !strings.HasPrefix(strings.ToLower(uri), "https://"):
		return unencrypted
	}
	return ""
}

// foreign reports whether a reason is about somebody else's post.
func foreign(reason string) bool { return reason == foreignAuthor || reason == foreignHost }

// window is the part of an account's history that a run is about.
type window struct {
	since, until time.Time
}

func (w window) tooOld(t time.Time) bool {
	return !w.since.IsZero() && t.Before(w.since)
}

func (w window) holds(t time.Time) bool {
	return !w.tooOld(t) && (w.until.IsZero() || !t.After(w.until))
}
