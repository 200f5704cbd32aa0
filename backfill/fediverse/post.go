package fediverse

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
	// Published is the zero time if the origin gives no valid date.
	Published time.Time
	// Author is the URI of the actor that the post is attributed to.
	Author     string
	Visibility Visibility
	// Boost says that the account only boosted this post. Published is then the time
	// of the boost, and Author is empty if the origin does not say.
	Boost bool
	// Bare says that the origin lists nothing but the URI.
	Bare bool
	// Empty says that it has nothing to show: no text, attachment, poll or link.
	Empty bool
	// Object is the post's ActivityPub object with its @context, if the listing has
	// it whole and the caller asked for it.
	Object []byte
	// Replies is what the listing shows of the replies to the post.
	Replies Replies
}
