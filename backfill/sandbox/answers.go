package sandbox

import (
	"cmp"
	"net/url"
	"slices"
	"sync"
)

// repliesPage is how many replies are on a page (Mastodon
// app/controllers/activitypub/replies_controller.rb, DESCENDANTS_LIMIT).
const repliesPage = 60

// answers are the public and unlisted replies to all posts, by what they answer: each
// origin has been told of those to its own.
type answers struct {
	mu sync.Mutex
	to map[string][]*Post
}

func (a *answers) add(p *Post) {
	if p.note.InReplyTo == "" || p.note.Audience > Unlisted {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	list := append(a.to[p.note.InReplyTo], p)
	slices.SortFunc(list, func(a, b *Post) int { return cmp.Compare(a.id, b.id) })
	a.to[p.note.InReplyTo] = list
}

func (a *answers) remove(p *Post) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.to[p.note.InReplyTo] = slices.DeleteFunc(slices.Clone(a.to[p.note.InReplyTo]), func(o *Post) bool { return o == p })
}

// by returns the replies to a post by its own author, or by others, oldest first.
func (a *answers) by(p *Post, others bool) []*Post {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []*Post
	for _, answer := range a.to[p.uri] {
		if (answer.account != p.account) == others {
			list = append(list, answer)
		}
	}
	return list
}

// replies is the collection in a post: up to five of the author's own answers, and
// where the others are (note_serializer.rb:61-75).
func (p *Post) replies() object {
	id := p.uri + "/replies"
	own := p.account.origin.sandbox.answers.by(p, false)
	own = own[:min(5, len(own))]
	query := url.Values{"page": {"true"}, "only_other_accounts": {"true"}}
	if len(own) > 0 {
		query = url.Values{"page": {"true"}, "min_id": {formatID(own[len(own)-1].id)}}
	}
	return object{"id": id, "type": "Collection", "first": object{
		"type": "CollectionPage", "partOf": id, "next": id + "?" + query.Encode(), "items": urisOf(own)}}
}

// repliesPage is a page of replies (replies_controller.rb): first the author's own,
// then those of others. Local ones are there whole, remote ones by their URIs.
func (p *Post) repliesPage(q url.Values) object {
	id, others := p.uri+"/replies", truthy(q.Get("only_other_accounts"))
	inBounds := bounds(q)
	var page []*Post
	for _, answer := range p.account.origin.sandbox.answers.by(p, others) {
		if inBounds(answer.id) && len(page) < repliesPage {
			page = append(page, answer)
		}
	}
	items := []any{}
	for _, answer := range page {
		if answer.account.origin == p.account.origin {
			items = append(items, answer.object())
		} else {
			items = append(items, answer.uri)
		}
	}
	doc := object{"id": id + "?" + q.Encode(), "type": "CollectionPage", "partOf": id, "items": items}
	next := url.Values{"page": {"true"}}
	switch full := len(page) == repliesPage; {
	case !full && others:
		return doc
	case full:
		next.Set("min_id", formatID(page[len(page)-1].id))
	}
	if others || len(page) < repliesPage {
		next.Set("only_other_accounts", "true")
	}
	doc["next"] = id + "?" + next.Encode()
	return doc
}

func urisOf(posts []*Post) []any {
	uris := make([]any, 0, len(posts))
	for _, p := range posts {
		uris = append(uris, p.uri)
	}
	return uris
}
