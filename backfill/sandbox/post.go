package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

// Audience says who a post is addressed to.
type Audience int

// The audiences, which stand for Mastodon's visibilities public, unlisted, private
// and direct.
const (
	Everyone Audience = iota
	Unlisted
	Followers
	Mentioned
)

func (a Audience) String() string {
	return [...]string{"public", "unlisted", "private", "direct"}[a]
}

// Note describes a post.
type Note struct {
	// Content is plain text or HTML; if it is empty, the post gets a made-up text of
	// its own.
	Content string
	// Published is the post's date; zero stands for the sandbox's present time.
	Published time.Time
	// Undated leaves the date out of the post's documents.
	Undated  bool
	Audience Audience
	// InReplyTo is the URI of the post that this one answers.
	InReplyTo string
	// Edited is the time of the last edit; zero if there was none.
	Edited time.Time
	Tags   []string
	// Alter changes the post's ActivityPub object at the last moment, for
	// objects that Mastodon would not write. It may be called at any time and
	// more than once.
	Alter func(object map[string]any)
}

// Post is a post or a boost of an account.
type Post struct {
	account *Account
	id      int64
	uri     string

	// guarded by origin.mu
	note    Note
	boostOf string // the URI of the boosted post; empty for a post
	boosted *Post  // the boosted post, if it is the account's own
	gone    bool
}

// AddPost adds a post. Home does not get it by itself; use [Home.Hold] for that.
func (a *Account) AddPost(n Note) *Post {
	if n.Published.IsZero() {
		n.Published = a.origin.now()
	}
	if n.Content == "" {
		n.Content = "Post of " + n.Published.UTC().Format("2 January 2006, 15:04:05")
	}
	p := &Post{account: a, note: n}
	p.id = snowflake(n.Published, a.profile.Username+n.Content)
	a.insert(p)
	return p
}

// Fill adds n public posts: the newest at the given time, by default a day ago, and
// each of the others one step before the next.
func (a *Account) Fill(n int, newest time.Time, step time.Duration) []*Post {
	if newest.IsZero() {
		newest = a.origin.now().Add(-24 * time.Hour).Truncate(time.Second)
	}
	posts := make([]*Post, 0, n)
	for i := n - 1; i >= 0; i-- {
		at := newest.Add(-time.Duration(i) * step)
		posts = append(posts, a.AddPost(Note{Published: at, Content: fmt.Sprintf("Post %d of %d", n-i, n)}))
	}
	return posts
}

// Boost adds a boost of a post of any account.
func (a *Account) Boost(of *Post, at time.Time) *Post {
	if at.IsZero() {
		at = a.origin.now()
	}
	p := &Post{account: a, boostOf: of.URI(), note: Note{Published: at, Audience: Everyone}}
	if of.account == a {
		p.boosted = of
	}
	p.id = snowflake(at, a.profile.Username+p.boostOf)
	a.insert(p)
	return p
}

// setURI is called once, when the id is settled.
func (p *Post) setURI() {
	p.uri = p.account.URI() + "/statuses/" + strconv.FormatInt(p.id, 10)
}

// URI is the post's ActivityPub id; for a boost, that of the Announce.
func (p *Post) URI() string {
	if p.boostOf != "" {
		return p.uri + "/activity"
	}
	return p.uri
}

// URL is the post's page.
func (p *Post) URL() string { return p.account.URL() + "/" + strconv.FormatInt(p.id, 10) }

// Account is the account that the post belongs to.
func (p *Post) Account() *Account { return p.account }

// Published is the post's date, even if its documents leave it out.
func (p *Post) Published() time.Time { return p.note.Published }

// Audience says who the post is addressed to.
func (p *Post) Audience() Audience { return p.note.Audience }

// IsBoost reports whether the post is a boost.
func (p *Post) IsBoost() bool { return p.boostOf != "" }

// Edit changes the text of the post, as of a time.
func (p *Post) Edit(content string, at time.Time) {
	p.account.origin.mu.Lock()
	defer p.account.origin.mu.Unlock()
	p.note.Content, p.note.Edited = content, at
}

// Delete takes the post out of the outbox; its URI answers 404 from then on.
func (p *Post) Delete() {
	a := p.account
	a.origin.mu.Lock()
	defer a.origin.mu.Unlock()
	for i, other := range a.posts {
		if other == p {
			a.posts = append(a.posts[:i], a.posts[i+1:]...)
			a.origin.sandbox.answers.remove(p)
			return
		}
	}
}

// Vanish makes the post's URI answer 410 while the outbox still lists it, as a stale
// cache does.
func (p *Post) Vanish() {
	p.account.origin.mu.Lock()
	defer p.account.origin.mu.Unlock()
	p.gone = true
}

// eligible: with origin.mu held.
func (p *Post) eligible() bool {
	return p.boostOf == "" && !p.note.Undated && p.note.Audience <= Unlisted
}
