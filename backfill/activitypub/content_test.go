package activitypub

import (
	"testing"

	"tootfill/backfill/loosejson"
)

func TestEmptyObjects(t *testing.T) {
	for body, want := range map[string]bool{
		`{"type":"Article","content":"","url":"https://a.example/?p=1","summary":"x"}`: true,
		`{"type":"Note","content":"<p>\u00a0</p><br />&nbsp;"}`:                        true,
		`{"type":"Note","content":null,"contentMap":{"en":"","de":"<p></p>"}}`:         true,
		`{"type":"Note"}`: true,
		`{"type":"Note","content":"","attachment":[],"oneOf":[],"tag":[{"type":"Hashtag","href":"https://a.example/x"}]}`: true,
		`{"type":"Image","url":[]}`:                                                         true,
		`{"type":"Note","content":"<p>x</p>"}`:                                              false,
		`{"type":"Note","content":"<p><img src=x></p>"}`:                                    false,
		`{"type":"Note","contentMap":{"en":"x"}}`:                                           false,
		`{"type":"Article","content":"","name":"A title"}`:                                  false,
		`{"type":"Event","nameMap":{"en":"A title"}}`:                                       false,
		`{"type":"Note","content":"","attachment":{"type":"Document","url":"https://a/b"}}`: false,
		`{"type":"Question","content":"","anyOf":[{"type":"Note","name":"yes"}]}`:           false,
		`{"type":"Note","content":"","quoteUrl":"https://a.example/1"}`:                     false,
		`{"type":"Note","content":"","tag":{"type":"Link","href":"https://a.example/1"}}`:   false,
		`{"type":"Video","url":[{"type":"Link","href":"https://a.example/v"}]}`:             false,
	} {
		n, err := loosejson.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if isEmpty(n) != want {
			t.Errorf("%s: empty %t", body, !want)
		}
	}
	for body, want := range map[string]bool{
		`{"content":"<p></p>","media_attachments":[],"poll":null,"card":null,"spoiler_text":""}`: true,
		`{"content":"","media_attachments":[{"id":"1"}]}`:                                        false,
		`{"content":"","poll":{"id":"1"}}`:                                                       false,
		`{"content":"","spoiler_text":"cw"}`:                                                     false,
		`{"content":"x"}`:                                                                        false,
		`{}`:                                                                                     false,
	} {
		n, err := loosejson.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if isEmptyStatus(n) != want {
			t.Errorf("status %s: empty %t", body, !want)
		}
	}
}

// A listing reports it, whether the object is inlined, read later, or in an API.
func TestListedEmptyObject(t *testing.T) {
	object := func(content string) string {
		return `{"id":"` + alice + `/statuses/1","type":"Note","attributedTo":"` + alice + `","to":"as:Public","published":"2024-05-05T00:00:00Z","content":"` + content + `"}`
	}
	for content, want := range map[string]bool{"": true, "x": false} {
		for _, item := range []string{`{"type":"Create","object":` + object(content) + `}`, object(content)} {
			if p := firstPost(t, `{"type":"OrderedCollectionPage","orderedItems":[`+item+`]}`); p.Empty != want {
				t.Errorf("%s: empty %t", item, p.Empty)
			}
		}
	}
}
