package backfill

import "time"

// Visibility says who a post was addressed to.
type Visibility int

// The visibilities of a post, in the words of Mastodon.
const (
	Direct Visibility = iota
	Private
	Unlisted
	Public
)

// Post is one post as the origin lists it. A post is known by its URI, the
// ActivityPub id, never by the URL of its page.
type Post struct {
	URI string
	URL string
	// Published is the zero time where the origin gives no (valid) date.
	Published time.Time
	// Author is the URI of the actor that the post is attributed to.
	Author     string
	Visibility Visibility
	// Boost says that the account only boosted this post. Published is then the
	// time of the boost, and Author empty where the origin does not tell it.
	Boost bool
	// Bare says that the origin lists nothing but the URI.
	Bare bool
	// Empty says that it has nothing to show: no text, attachment, poll or link.
	Empty bool
	// Object is the post's ActivityPub object with its @context, where the
	// listing carries it whole and it was asked to be kept.
	Object []byte
}

// Page is one page of a listing, newest post first.
type Page struct {
	// Items is how many entries the page had, of any kind.
	Items int
	// Total is how many the whole listing has, as the origin claims; 0 where it
	// claims nothing. It is good for an estimate, and for nothing else.
	Total int
	// Posts are the entries that are posts or boosts; others are left out.
	Posts []Post
	// Marks are the ids of all entries of the page, whatever their kind: by
	// them a later walk recognises where an earlier one began.
	Marks []string
	// Next is the cursor of the next page; empty at the end.
	Next string
}

// HeldPost is a post of an account that the home server has.
type HeldPost struct {
	URI       string
	CreatedAt time.Time
}

// HeldPage is one page of what home holds of an account, newest first.
type HeldPage struct {
	Posts []HeldPost
	// Next is the cursor of the next page; empty at the end.
	Next string
}
