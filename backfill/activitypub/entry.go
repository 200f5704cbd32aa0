package activitypub

import (
	"encoding/json"
	"slices"
	"time"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// entry is one entry of a listing.
type entry struct {
	// mark is the entry's id; empty if it has none.
	mark string
	// post is nil where the entry is neither a post nor a boost.
	post *fediverse.Post
}

// published is the date of the entry's post; zero if there is none.
func (e entry) published() time.Time {
	if e.post == nil {
		return time.Time{}
	}
	return e.post.Published
}

// isPostType recognises the objects that Mastodon treats as posts
// (app/lib/activitypub/activity.rb, SUPPORTED_TYPES and CONVERTED_TYPES).
func isPostType(t string) bool {
	switch t {
	case "Note", "Question", "Image", "Audio", "Video", "Article", "Page", "Event":
		return true
	}
	return false
}

// isCreate recognises the activities that carry a post. WordPress lists an edited
// post as an Update, sometimes only as that (class-outbox-controller.php).
func isCreate(t string) bool   { return t == "Create" || isUpdate(t) }
func isUpdate(t string) bool   { return t == "Update" }
func isAnnounce(t string) bool { return t == "Announce" }

// reading is what the reading of entries depends on.
type reading struct {
	owner actor
	// keep says to keep whole objects.
	keep bool
	// context is the @context of the document around the entries.
	context json.RawMessage
}

// readEntry works out what an entry of the owner's outbox is. A malformed one
// becomes an empty entry.
func readEntry(raw json.RawMessage, r reading) entry {
	if id := loosejson.AsText(raw); id != "" {
		if !isURI(id) {
			return entry{}
		}
		return entry{mark: id, post: &fediverse.Post{URI: id, Bare: true}}
	}
	n := loosejson.AsNode(raw)
	e := entry{mark: n.Text("id")}
	switch {
	case n == nil:
	case n.Is(isCreate):
		e.post = created(n, r)
	case n.Is(isAnnounce):
		e.post = boosted(n, r.owner)
	case n.Is(isPostType):
		e.post = posted(n, r.owner)
	}
	if !isID(e.mark) {
		e.mark = ""
	}
	if e.mark == "" && e.post != nil {
		e.mark = e.post.URI
	}
	return e
}

// created reads a Create or an Update.
func created(activity loosejson.Node, r reading) *fediverse.Post {
	object := activity.Object("object")
	if object == nil {
		return named(activity, r.owner)
	}
	if !object.Is(isPostType) {
		return nil
	}
	p := posted(object, r.owner)
	if p == nil {
		return nil
	}
	if p.Author == "" {
		p.Author = performer(activity, r.owner)
	}
	if !isAddressed(object) {
		p.Visibility = visibility(activity, r.owner.followers)
	}
	if p = checked(p); r.keep {
		p.Object = whole(activity, object, *p, r)
	}
	return p
}

// named reads an activity that gives only the id of the post, so that all we know
// is what the activity says (GoToSocial).
func named(activity loosejson.Node, owner actor) *fediverse.Post {
	p := &fediverse.Post{URI: activity.Ref("object"), Author: performer(activity, owner), Visibility: visibility(activity, owner.followers)}
	if !activity.Is(isUpdate) {
		p.Published = date(activity)
	}
	p.Bare = p.Published.IsZero() && (p.Visibility >= fediverse.Unlisted || !isAddressed(activity))
	return checked(p)
}

// posted reads a post.
func posted(object loosejson.Node, owner actor) *fediverse.Post {
	return checked(&fediverse.Post{
		URI:        object.Text("id"),
		URL:        pageURL(object),
		Published:  date(object),
		Author:     author(object, owner),
		Visibility: visibility(object, owner.followers),
		Empty:      isEmpty(object),
		Replies:    replies(object),
	})
}

// boosted reads an Announce, whose object is an id, a whole post (Mastodon's form
// when people boost their own followers-only posts) or the Create of a post (Lemmy).
// The date is that of the boost.
func boosted(activity loosejson.Node, owner actor) *fediverse.Post {
	p := &fediverse.Post{URI: activity.Ref("object"), Visibility: visibility(activity, owner.followers)}
	object := activity.Object("object")
	if object.Is(isCreate) {
		inner := object
		object = inner.Object("object")
		p.URI = inner.Ref("object")
	}
	if object != nil {
		if !object.Is(isPostType) {
			return nil
		}
		p.URL, p.Author = pageURL(object), author(object, owner)
		if isAddressed(object) {
			p.Visibility = min(p.Visibility, visibility(object, owner.followers))
		}
	}
	p.Boost, p.Published = true, date(activity)
	return checked(p)
}

// author is the owner of the outbox if the object is attributed to it, even among
// others (PeerTube names the person and the channel), else the first that is named.
func author(object loosejson.Node, owner actor) string {
	authors := object.Refs("attributedTo")
	if slices.ContainsFunc(authors, func(a string) bool { return sameURI(a, owner.URI) }) {
		return owner.URI
	}
	if len(authors) > 0 {
		return authors[0]
	}
	return ""
}

// performer is who an activity is by: the owner of the outbox in the owner's own
// spelling.
func performer(activity loosejson.Node, owner actor) string {
	by := activity.Ref("actor")
	if sameURI(by, owner.URI) {
		return owner.URI
	}
	return by
}

// checked drops a post without a usable URI, and clears an invalid author.
func checked(p *fediverse.Post) *fediverse.Post {
	if !isURI(p.URI) {
		return nil
	}
	if !isURI(p.Author) {
		p.Author = ""
	}
	return p
}
