package activitypub

import (
	"testing"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

func TestWhatAnObjectShowsOfItsReplies(t *testing.T) {
	const id = "https://photos.example/1/replies"
	for name, c := range map[string]struct {
		object string
		want   fediverse.Replies
	}{
		"nothing":           {`{}`, fediverse.Replies{}},
		"an address":        {`{"replies":"` + id + `"}`, fediverse.Replies{Collection: id}},
		"none":              {`{"replies":{"id":"` + id + `","totalItems":0}}`, fediverse.Replies{Answered: fediverse.NotAnswered, Collection: id}},
		"some":              {`{"replies":{"id":"` + id + `","totalItems":3,"first":"` + id + `?page=1"}}`, fediverse.Replies{Answered: fediverse.IsAnswered, Collection: id}},
		"an empty list":     {`{"replies":{"id":"` + id + `","items":[]}}`, fediverse.Replies{Answered: fediverse.NotAnswered, Collection: id}},
		"an empty page":     {`{"replies":{"id":"` + id + `","first":{"items":[]}}}`, fediverse.Replies{Answered: fediverse.NotAnswered, Collection: id}},
		"one on the page":   {`{"replies":{"id":"` + id + `","first":{"items":["https://x.example/1"],"next":"` + id + `?page=2"}}}`, fediverse.Replies{Answered: fediverse.IsAnswered, Collection: id}},
		"only a first page": {`{"replies":{"first":"` + id + `?page=1"}}`, fediverse.Replies{Collection: id + "?page=1"}},
		"a stub":            {`{"replies":{"id":"` + id + `","type":"Collection"}}`, fediverse.Replies{Collection: id}},
		"nothing usable":    {`{"replies":7,"context":"tag:photos.example,2026:x"}`, fediverse.Replies{}},
		"no address":        {`{"replies":"data:text/html,x","context":"ftp://x.example/"}`, fediverse.Replies{}},
		"a conversation":    {`{"context":"https://photos.example/contexts/1"}`, fediverse.Replies{Context: "https://photos.example/contexts/1"}},
		// Mastodon lists the replies of others on the next page.
		"Mastodon": {`{"replies":{"id":"` + id + `","first":{"type":"CollectionPage","next":"` + id + `?only_other_accounts=true&page=true","items":[]}}}`,
			fediverse.Replies{Collection: id + "?only_other_accounts=true&page=true"}},
	} {
		object, err := loosejson.Parse([]byte(c.object))
		if err != nil {
			t.Fatal(name, err)
		}
		if got := replies(object); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
