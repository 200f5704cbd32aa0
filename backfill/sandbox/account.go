package sandbox

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill/fediverse"
)

// Profile describes an account of an origin.
type Profile struct {
	Username    string
	DisplayName string
	// Bio is the profile text, as HTML. Hashtags in it become links, as
	// Mastodon writes them.
	Bio string
	// Fields are the profile's name and value pairs.
	Fields [][2]string
	Locked bool
	// Group makes it a group instead of a person.
	Group bool
	// Unlisted makes discoverable and indexable false.
	Unlisted bool
	// Followers is only the number that the profile shows.
	Followers int
}

// Account is an account that lives on an origin.
type Account struct {
	origin  *Origin
	profile Profile
	id      string
	created time.Time

	// guarded by origin.mu
	posts     []*Post // by id, oldest first
	movedTo   *Account
	suspended bool
}

// AddAccount adds an account. A second call with the same name returns the
// first account.
func (o *Origin) AddAccount(p Profile) *Account {
	if a := o.account(p.Username); a != nil {
		return a
	}
	created := epoch(o.now()).AddDate(-6, 0, 0)
	a := &Account{
		origin:  o,
		profile: p,
		created: created,
		id:      strconv.FormatInt(snowflake(created, p.Username+"@"+o.handleDomain), 10),
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.accounts = append(o.accounts, a)
	return a
}

// Origin returns the account's server.
func (a *Account) Origin() *Origin { return a.origin }

// Handle is the account's handle, in lower case.
func (a *Account) Handle() fediverse.Handle {
	return fediverse.Handle{User: strings.ToLower(a.profile.Username), Domain: a.origin.handleDomain}
}

// URI is the account's ActivityPub id.
func (a *Account) URI() string { return a.origin.link(a.path(), nil) }

// OutboxPath is the path of the account's outbox on its origin.
func (a *Account) OutboxPath() string { return a.path() + "/outbox" }

// URL is the account's profile page.
func (a *Account) URL() string { return a.origin.link("/@"+a.profile.Username, nil) }

func (a *Account) path() string {
	if a.origin.numericIDs {
		return "/ap/users/" + a.id
	}
	return "/users/" + a.profile.Username
}

// SetMovedTo marks the profile as moved to b; nil undoes that.
func (a *Account) SetMovedTo(b *Account) {
	a.origin.mu.Lock()
	defer a.origin.mu.Unlock()
	a.movedTo = b
}

// SetBio changes the text of the profile.
func (a *Account) SetBio(text string) {
	a.origin.mu.Lock()
	defer a.origin.mu.Unlock()
	a.profile.Bio = text
}

// Suspend makes the account's documents answer 410, as Mastodon does for
// permanently suspended accounts.
func (a *Account) Suspend() {
	a.origin.mu.Lock()
	defer a.origin.mu.Unlock()
	a.suspended = true
}

// Posts returns the account's posts and boosts that are not deleted, newest first.
func (a *Account) Posts() []*Post {
	a.origin.mu.Lock()
	defer a.origin.mu.Unlock()
	posts := make([]*Post, 0, len(a.posts))
	for i := len(a.posts) - 1; i >= 0; i-- {
		posts = append(posts, a.posts[i])
	}
	return posts
}

// Eligible returns the URIs of the account's own public and unlisted posts that
// have a date and can still be fetched, newest first: what a backfill without
// bounds can import.
func (a *Account) Eligible() []string {
	a.origin.mu.Lock()
	defer a.origin.mu.Unlock()
	var uris []string
	for i := len(a.posts) - 1; i >= 0; i-- {
		if p := a.posts[i]; p.eligible() && !p.gone {
			uris = append(uris, p.uri)
		}
	}
	return uris
}

// insert adds a post in id order; ids are unique within an account.
func (a *Account) insert(p *Post) {
	a.origin.mu.Lock()
	defer a.origin.mu.Unlock()
	for {
		i := sort.Search(len(a.posts), func(i int) bool { return a.posts[i].id >= p.id })
		if i < len(a.posts) && a.posts[i].id == p.id {
			p.id++
			continue
		}
		a.posts = append(a.posts, nil)
		copy(a.posts[i+1:], a.posts[i:])
		a.posts[i] = p
		p.setURI()
		a.origin.sandbox.answers.add(p)
		return
	}
}

// post finds a post by the id in its URI, or returns nil. With origin.mu held.
func (a *Account) post(id string) *Post {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil
	}
	i := sort.Search(len(a.posts), func(i int) bool { return a.posts[i].id >= n })
	if i == len(a.posts) || a.posts[i].id != n {
		return nil
	}
	return a.posts[i]
}

// count is the account's statuses_count: everything but direct posts.
func (a *Account) count() int {
	n := 0
	for _, p := range a.posts {
		if p.note.Audience != Mentioned {
			n++
		}
	}
	return n
}
