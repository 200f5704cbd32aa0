package backfill

import (
	"net/url"
	"strings"
	"time"
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
	undated       = "has no date"
	futureDated   = "dated in the future"
)

// ineligible says why p may never be imported for the account, or "".
//
// Home dates a post without a valid date now and puts it on top of people's
// timelines (Mastodon app/lib/activitypub/parser/status_parser.rb), so such
// posts stay out.
func ineligible(p Post, actor Actor, now time.Time) string {
	switch {
	case p.Visibility != Public && p.Visibility != Unlisted:
		return notForAll
	case p.Boost:
		return boosted
	case p.Author != actor.URI:
		return foreignAuthor
	case !sameHost(p.URI, p.Author):
		return foreignHost
	case !strings.HasPrefix(strings.ToLower(p.URI), "https://"):
		return unencrypted
	case p.Published.IsZero():
		return undated
	case p.Published.After(now.Add(clockSkew)):
		return futureDated
	}
	return ""
}

func sameHost(a, b string) bool {
	ua, err := url.Parse(a)
	if err != nil || ua.Host == "" || ua.User != nil {
		return false
	}
	ub, err := url.Parse(b)
	return err == nil && ub.User == nil && strings.EqualFold(ua.Host, ub.Host)
}

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
