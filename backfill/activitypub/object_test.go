package activitypub

import (
	"encoding/json"
	"strings"
	"testing"

	"tootfill/backfill/fediverse"
)

func firstPost(t *testing.T, body string) fediverse.Post {
	t.Helper()
	c, err := parseCollection([]byte(body), reading{owner: owner(), keep: true})
	if err != nil || len(c.entries) != 1 || c.entries[0].post == nil {
		t.Fatalf("%+v, %v", c, err)
	}
	return *c.entries[0].post
}

func TestKeptObjects(t *testing.T) {
	const note = `{"id":"` + alice + `/statuses/1?a=%2F","type":"Note","attributedTo":"` + alice + `","big":12345678901234567890.10,"to":"as:Public","published":"2024-05-05T00:00:00Z"}`
	const ctx = `["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#"}]`
	page := func(context, activity string) string {
		if context != "" {
			context = `"@context":` + context + `,`
		}
		return `{` + context + `"type":"OrderedCollectionPage","orderedItems":[` + activity + `]}`
	}
	create := func(more, object string) string { return `{"type":"Create",` + more + `"object":` + object + `}` }
	for name, c := range map[string]struct{ body, want string }{
		"context of the page":     {page(ctx, create("", note)), `{"@context":` + ctx + `,` + note[1:]},
		"context of the activity": {page(`"https://x.example"`, create(`"@context":`+ctx+`,`, note)), `{"@context":` + ctx + `,` + note[1:]},
		"its own context":         {page(ctx, create("", `{"@context":"https://www.w3.org/ns/activitystreams",`+note[1:])), `{"@context":"https://www.w3.org/ns/activitystreams",` + note[1:]},
		"an Update":               {page(ctx, `{"type":"Update","object":`+note+`}`), `{"@context":` + ctx + `,` + note[1:]},
		"in an inlined page":      {`{"@context":` + ctx + `,"type":"OrderedCollection","first":` + page("", create("", note)) + `}`, `{"@context":` + ctx + `,` + note[1:]},
		"not UTF-8":               {page(ctx, create("", note[:len(note)-1]+`,"content":"`+"\xff"+`"}`)), ""},
		"context not in UTF-8":    {page(`["https://www.w3.org/ns/activitystreams","`+"\xff"+`"]`, create("", note)), ""},
		"not ActivityStreams":     {page(`"https://x.example"`, create("", note)), ""},
		"its own is another":      {page(ctx, create("", `{"@context":["https://x.example",{}],`+note[1:])), ""},
		"dated by the activity":   {page(ctx, create(`"published":"2024-05-05T00:00:00Z",`, strings.Replace(note, `"published":`, `"x":`, 1))), ""},
		"for all by the activity": {page(ctx, create(`"to":"as:Public",`, strings.Replace(note, `"to":`, `"x":`, 1))), ""},
		"no context anywhere":     {page("", create("", note)), ""},
		"somebody else's":         {page(ctx, create("", strings.Replace(note, alice+`","big`, alice+`2","big`, 1))), ""},
		"attributed to nobody":    {page(ctx, create(`"actor":"`+alice+`",`, strings.Replace(note, `"attributedTo":"`+alice+`",`, "", 1))), ""},
		"on another host":         {page(ctx, create("", strings.Replace(note, "social.example.com/users/alice/statuses", "evil.example.com/x", 1))), ""},
		"a boost":                 {page(ctx, `{"type":"Announce","object":`+note+`}`), ""},
		"a bare object":           {page(ctx, note), ""},
		"a bare id":               {page(ctx, create("", `"`+alice+`/statuses/1"`)), ""},
	} {
		p := firstPost(t, c.body)
		if string(p.Object) != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, p.Object, c.want)
		}
		if len(p.Object) > 0 && !json.Valid(p.Object) {
			t.Errorf("%s: not JSON", name)
		}
	}
	c, err := parseCollection([]byte(page(ctx, create("", note))), reading{owner: owner()})
	if err != nil || c.entries[0].post.Object != nil {
		t.Errorf("kept although nobody asked: %v", err)
	}
}

// An Update is dated only by its post: its own date is that of the edit.
func TestUpdatesAndBareIDs(t *testing.T) {
	p := firstPost(t, `{"items":{"type":"Update","published":"2024-05-05T00:00:00Z","object":{"id":"`+alice+`/1","type":"Note","attributedTo":"`+alice+`","to":"Public"}}}`)
	if !p.Published.IsZero() || p.Bare {
		t.Errorf("post = %+v", p)
	}
	for body, want := range map[string]struct {
		bare       bool
		visibility fediverse.Visibility
	}{
		`"` + alice + `/1"`: {true, fediverse.Direct},
		`{"type":"Create","actor":"` + alice + `","to":"as:Public","object":"` + alice + `/1"}`:                                    {true, fediverse.Public},
		`{"type":"Create","actor":"` + alice + `","object":"` + alice + `/1"}`:                                                     {true, fediverse.Direct},
		`{"type":"Create","actor":"` + alice + `","to":"` + alice + `/followers","object":"` + alice + `/1"}`:                      {false, fediverse.Private},
		`{"type":"Create","published":"2024-05-05T00:00:00Z","to":"as:Public","actor":"` + alice + `","object":"` + alice + `/1"}`: {false, fediverse.Public},
		`{"type":"Announce","actor":"` + alice + `","to":"as:Public","object":"` + alice + `/1"}`:                                  {false, fediverse.Public},
	} {
		if p := firstPost(t, `{"items":[`+body+`]}`); p.Bare != want.bare || p.Visibility != want.visibility {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

func TestReadPost(t *testing.T) {
	o := withAlice(t, "mastodon")
	full := `{"id":"` + alice + `/1","type":"Note","attributedTo":"` + alice + `","to":"as:Public","published":"2024-05-05T00:00:00Z"}`
	o.serve(alice+"/1", full)
	o.serve(alice+"/2", full)
	o.serve(alice+"/3", `{"id":"`+alice+`/3","type":"Person"}`)
	l := openAlice(t, o)
	p, err := l.ReadPost(t.Context(), fediverse.Post{URI: alice + "/1", Bare: true})
	if err != nil || p.Bare || p.Author != alice || p.Visibility != fediverse.Public || p.Published.IsZero() {
		t.Errorf("%+v %v", p, err)
	}
	for _, uri := range []string{alice + "/2", alice + "/3", alice + "/4", "https://evil.example.com/1"} {
		bare := fediverse.Post{URI: uri, Bare: true}
		if p, err := l.ReadPost(t.Context(), bare); err != nil || !p.Bare || p.URI != uri || p.Author != "" {
			t.Errorf("%s: %+v %v", uri, p, err)
		}
	}
	if count(o.requests(), "evil") != 0 {
		t.Error("another host was asked")
	}
	o.fail(alice+"/1", http429)
	if _, err := l.ReadPost(t.Context(), fediverse.Post{URI: alice + "/1"}); err == nil {
		t.Error("a pause is not told")
	}
}

const http429 = 429
