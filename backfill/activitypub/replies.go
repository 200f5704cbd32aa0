package activitypub

import (
	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// answered is what a count of replies says; -1 says nothing.
func answered(count int) fediverse.Answered {
	switch {
	case count > 0:
		return fediverse.IsAnswered
	case count == 0:
		return fediverse.NotAnswered
	}
	return fediverse.PerhapsAnswered
}

// replies is what an object shows of the replies to it.
func replies(object loosejson.Node) fediverse.Replies {
	r := collectionOf(object["replies"])
	r.Context = object.Ref("context")
	for _, address := range []*string{&r.Collection, &r.Context} {
		if *address = secured(*address); !isURI(*address) {
			*address = ""
		}
	}
	return r
}

// collectionOf reads the replies of an object. A collection that is empty shows that
// there are none only if it is there as a whole: Mastodon lists the author's own
// replies first, at most five of them, and those of others on the next page
// (app/serializers/activitypub/note_serializer.rb).
func collectionOf(raw []byte) fediverse.Replies {
	if address := loosejson.AsText(raw); address != "" {
		return fediverse.Replies{Collection: address}
	}
	n := loosejson.AsNode(raw)
	if n == nil {
		return fediverse.Replies{}
	}
	r := fediverse.Replies{Collection: n.Text("id"), Answered: answered(n.Count("totalItems"))}
	page, inline := n, hasItems(n)
	if first := n.Object("first"); first != nil {
		page, inline = first, hasItems(first)
	}
	listed := len(loosejson.AsList(page["items"])) + len(loosejson.AsList(page["orderedItems"]))
	next := page.Ref("next")
	switch {
	case listed > 0:
		r.Answered = fediverse.IsAnswered
	case inline && next != "":
		r.Collection = next // what comes before it is known to be empty
	case inline && !isReferred(n["first"]) && r.Answered == fediverse.PerhapsAnswered:
		r.Answered = fediverse.NotAnswered
	}
	if r.Collection == "" {
		r.Collection = n.Ref("first")
	}
	return r
}

func hasItems(n loosejson.Node) bool { return n.Has("items") || n.Has("orderedItems") }

// isReferred reports whether a value is only the address of something.
func isReferred(raw []byte) bool { return loosejson.AsText(raw) != "" }
