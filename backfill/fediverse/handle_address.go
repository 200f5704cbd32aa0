package fediverse

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// splitProfileURL reads the address of a profile.
func splitProfileURL(text string) (user, domain string, err error) {
	u, named, err := parseAddress(text)
	if err != nil {
		return "", "", err
	}
	p := profileIn(u)
	unclear := p.form == noProfile || p.form == weakForm && p.page
	switch {
	case unclear && isPost(u.Path):
		return "", "", malformed("is the address of a page, not of an account")
	case unclear:
		return "", "", onlyHomeKnows(u, named)
	case p.name == "":
		return "", "", malformed("is not the address of a profile")
	}
	user, domain, found := strings.Cut(strings.TrimPrefix(p.name, "@"), "@")
	if !found {
		domain = p.server
	}
	if p.page {
		return "", "", pageOf(user, domain)
	}
	return user, domain, nil
}

// parseAddress reads a web address. named says that it begins with its scheme, so
// that it can be nothing else.
func parseAddress(text string) (u *url.URL, named bool, err error) {
	named = strings.Contains(text, "://")
	if !named {
		text = "https://" + text
	}
	u, err = url.Parse(text)
	if err != nil {
		return nil, false, malformed("is not a valid address")
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.Host == "" {
		return nil, false, malformed("is not the address of a profile")
	}
	if u.Scheme == "http" {
		u.Scheme, u.Host = "https", strings.TrimSuffix(u.Host, ":80")
	}
	return u, named, nil
}

// onlyHomeKnows is the error for an address whose form says nothing.
func onlyHomeKnows(u *url.URL, named bool) error {
	e := malformed("is not the address of a profile")
	if host, err := normalDomain(u.Host); err == nil && named {
		asked := *u
		asked.Host, asked.Fragment, asked.RawFragment = host, "", ""
		e.Address = asked.String()
	}
	return e
}

// isPost reports whether a path is that of a post. Home is never asked about one,
// because it would import it.
func isPost(path string) bool {
	parts := strings.Split(strings.Trim(strings.ToLower(path), "/"), "/")
	return slices.ContainsFunc(parts[:len(parts)-1], func(part string) bool { return slices.Contains(postWords, part) })
}

// postWords come before the id in the addresses of posts.
var postWords = []string{
	"statuses", "status", // Mastodon, GoToSocial
	"objects", "notice", "activities", // Pleroma
	"notes",                      // Misskey
	"post", "posts", "p", "item", // Lemmy, Pixelfed, Mbin, Hubzilla
	"comment", "comments", "topic",
	"display",              // Friendica
	"videos", "w", "watch", // PeerTube
}

// pageOf refuses the address of a post or page below an account, and names the
// account.
func pageOf(user, domain string) error {
	e := malformed("is the address of a page, not of an account")
	user, err := normalUser(user)
	if err != nil {
		return e
	}
	if domain, err = normalDomain(domain); err == nil {
		e.Hint = fmt.Sprintf("write the account as %s@%s", user, domain)
	}
	return e
}

// profile is what the form of an address reveals.
type profile struct {
	form form
	// name is alice or alice@x; server is where the account lives if name is alice.
	name, server string
	// page says that the path continues, to a post or another page.
	page bool
}

// form says how surely an address is that of a profile.
type form int

const (
	noProfile form = iota
	// weakForm is a word that may be in the addresses of other pages as well.
	weakForm
	strongForm
)

// profileIn finds the account in an address. Single-page web clients keep the path
// after a #.
func profileIn(u *url.URL) profile {
	p := profileOf(u.Path)
	if behind := strings.TrimPrefix(u.Fragment, "!"); p.form == noProfile && strings.HasPrefix(behind, "/") {
		p = profileOf(behind)
	}
	if p.server == "" {
		p.server = u.Host
	}
	return p
}

func profileOf(path string) profile {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	// A name with its server is the same wherever it is shown: in the web
	// interface of a server, or in a client such as https://elk.zone.
	if at := slices.IndexFunc(parts, isFullName); at > 0 {
		parts = parts[at:]
	}
	// https://elk.zone/home.example/@alice is a client that shows home.example.
	server := ""
	if len(parts) > 1 && strings.HasPrefix(parts[1], "@") && strings.Contains(parts[0], ".") {
		server, parts = parts[0], parts[1:]
	}
	if len(parts) > 1 && (parts[0] == "web" || parts[0] == "deck") {
		parts = parts[1:]
	}
	p := profile{server: server}
	p.form, p.name, parts = nameIn(parts)
	if len(parts) == 1 && slices.Contains(profilePages, strings.ToLower(parts[0])) {
		parts = nil
	}
	p.page = len(parts) > 0
	return p
}

// isFullName reports whether a part of a path is like @alice@x.
func isFullName(part string) bool {
	name, found := strings.CutPrefix(part, "@")
	return found && strings.Contains(name, "@")
}

// nameIn finds the name in the parts of a path, and what comes after it.
func nameIn(parts []string) (f form, name string, behind []string) {
	first := strings.ToLower(parts[0])
	switch {
	case len(parts) > 1 && (first == "@" || first == "~"): // Plume
		return strongForm, parts[1], parts[2:]
	case strings.HasPrefix(first, "@"), strings.HasPrefix(first, "~"):
		return strongForm, parts[0][1:], parts[1:]
	case len(parts) > 2 && first == "federation" && slices.Contains([]string{"actors", "user"}, strings.ToLower(parts[1])): // Funkwhale, Owncast
		return strongForm, parts[2], parts[3:]
	case len(parts) == 1, numbered.MatchString(parts[1]):
		return noProfile, "", parts
	case first == "users":
		return strongForm, parts[1], parts[2:]
	case slices.Contains(profileWords, first):
		return weakForm, parts[1], parts[2:]
	}
	return noProfile, "", parts
}

// numbered matches ids in place of a name: plain numbers, and those of Misskey and
// Pleroma, which begin with a digit (misskey packages/backend/src/misc/id/: aid,
// aidx, objectid, ulid; pleroma lib/pleroma/ecto_type/flake_id).
var numbered = regexp.MustCompile(`^(?:[0-9]+|[0-9][0-9a-z]{9}|[0-9][0-9a-z]{15}|[0-9][0-9a-f]{23}|[0-9][0-9A-Z]{25}|[0-9A][0-9A-Za-z]{17})$`)

// profileWords come before the name in the addresses of profiles.
var profileWords = []string{
	"u",      // Lemmy, Mbin, Discourse, honk
	"c", "m", // communities of Lemmy, magazines of Mbin
	"user",                            // BookWyrm, NodeBB
	"profile",                         // Friendica
	"channel",                         // Hubzilla
	"author",                          // WordPress
	"accounts", "a", "video-channels", // PeerTube
	"channels", // Funkwhale
}

// profilePages are the pages of a profile itself: config/routes.rb of Mastodon,
// and those of Misskey, PeerTube and Friendica.
var profilePages = []string{
	"media", "with_replies", "featured", "following", "followers",
	"notes", "videos", "video-channels", "video-playlists", "about", "profile", "photos",
}
