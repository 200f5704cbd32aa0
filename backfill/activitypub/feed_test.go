package activitypub

import (
	"strings"
	"testing"
	"time"

	"tootfill/backfill/loosejson"
)

func TestParseFeed(t *testing.T) {
	day := time.Date(2024, 3, 9, 10, 0, 0, 0, time.UTC)
	rss := func(item string) string {
		return `<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><link>https://a.example</link>` +
			`<pubDate>Mon, 01 Jan 2001 00:00:00 GMT</pubDate><item>` + item + `</item></channel></rss>`
	}
	atom := func(entry string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><id>https://a.example/</id><updated>2001-01-01T00:00:00Z</updated><entry>` + entry + `</entry></feed>`
	}
	for name, c := range map[string]struct {
		body string
		want feedItem
	}{
		"RSS":                 {rss(`<guid isPermaLink="true">https://a.example/1</guid><link>https://a.example/p/1</link><pubDate>Sat, 09 Mar 2024 10:00:00 +0000</pubDate>`), feedItem{"https://a.example/1", "https://a.example/p/1", day}},
		"a guid for a link":   {rss(`<guid>https://a.example/1</guid><pubDate>Sat, 9 Mar 2024 11:00:00 +0100</pubDate>`), feedItem{"https://a.example/1", "https://a.example/1", day}},
		"a guid that is none": {rss(`<guid isPermaLink="false">https://a.example/?p=1</guid>`), feedItem{"https://a.example/?p=1", "", time.Time{}}},
		"links of others":     {rss(`<atom:link href="https://evil.example"/><link>https://a.example/1</link><atom:id>x</atom:id>`), feedItem{"", "https://a.example/1", time.Time{}}},
		"a zone by name":      {rss(`<pubDate>Sat, 09 Mar 2024 05:00:00 EST</pubDate>`), feedItem{published: day}},
		"a broken date":       {rss(`<pubDate>Sat, 39 Mar 2024 05:00:00 GMT</pubDate>`), feedItem{}},
		"GMT":                 {rss(`<pubDate>Sat, 09 Mar 2024 10:00:00 GMT</pubDate>`), feedItem{published: day}},
		"CDATA":               {rss(`<link><![CDATA[https://a.example/?a=1&b=2]]></link>`), feedItem{link: "https://a.example/?a=1&b=2"}},
		"Atom":                {atom(`<id>https://a.example/1</id><link rel="enclosure" href="https://a.example/1.jpg"/><link rel="alternate" type="text/html" href="https://a.example/p/1"/><published>2024-03-09T10:00:00Z</published><updated>2025-01-01T00:00:00Z</updated>`), feedItem{"https://a.example/1", "https://a.example/p/1", day}},
		"Atom by its update":  {atom(`<id>x</id><updated>2024-03-09T12:00:00+02:00</updated>`), feedItem{id: "x", published: day}},
		"a copy inside":       {atom(`<id>x</id><source><id>y</id><entry><id>z</id></entry></source>`), feedItem{id: "x"}},
		"a byte order mark":   {"\ufeff" + atom(`<id>x</id>`), feedItem{id: "x"}},
	} {
		items, err := parseFeed([]byte(c.body))
		if err != nil || len(items) != 1 || !items[0].published.Equal(c.want.published) || items[0].id != c.want.id || items[0].link != c.want.link {
			t.Errorf("%s: %+v %v", name, items, err)
		}
	}
	bomb := `<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss><item><link>&b;</link></item></rss>`
	for name, body := range map[string]string{
		"an entity bomb": bomb, "HTML": `<html><body></body></html>`, "nothing": "", "JSON": `{}`,
		"deep":    "<rss>" + strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000) + "</rss>",
		"cut off": `<rss><item`,
	} {
		if items, err := parseFeed([]byte(body)); err == nil {
			t.Errorf("%s: %+v", name, items)
		}
	}
	many := "<rss>" + strings.Repeat("<item></item>", maxFeedItems+5) + "</rss>"
	if items, err := parseFeed([]byte(many)); err != nil || len(items) != maxFeedItems {
		t.Errorf("%d items, %v", len(items), err)
	}
}

func TestFeedOfGoToSocial(t *testing.T) {
	o := withAlice(t, "mastodon")
	serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"gotosocial"}}`)
	o.set("https://social.example.com/@alice/feed.rss", fakeDocument{status: 200, contentType: "application/rss+xml; charset=utf-8", body: `<rss><channel>` +
		`<item><guid isPermaLink="true">https://social.example.com/@alice/statuses/01A</guid><link>https://social.example.com/@alice/statuses/01A</link><pubDate>Sat, 09 Mar 2024 10:00:00 GMT</pubDate></item>` +
		`<item><link>https://social.example.com/@bob/statuses/01B</link></item>` +
		`<item><link>https://social.example.com/@alice/statuses/01C/../../x</link></item></channel></rss>`})
	l, err := o.readerWith(t, Options{Listing: ListingFeed}).Open(t.Context(), account(alice))
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Page(t.Context(), "")
	if err != nil || p.Items != 3 || len(p.Posts) != 1 || p.Posts[0].URI != alice+"/statuses/01A" || p.Next != "" || l.Shortfall() != "capped" {
		t.Errorf("%+v %v", p, err)
	}
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte(`<rss><channel><item><guid>https://a.example/1</guid><pubDate>Sat, 09 Mar 2024 10:00:00 GMT</pubDate></item></channel></rss>`))
	f.Add([]byte(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>x</id><link href="y"/></entry></feed>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		items, err := parseFeed(body)
		if err == nil && len(items) > maxFeedItems {
			t.Errorf("%d items", len(items))
		}
	})
}

func FuzzMisskeyNotes(f *testing.F) {
	f.Add([]byte(`[{"id":"9a","userId":"9u","createdAt":"2024-01-01T00:00:00.000Z","visibility":"public","renoteId":null}]`))
	f.Add([]byte(`[{"id":"9a","userId":"9u","renoteId":"9b","renote":{"uri":"x"}},{},null,1]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := loosejson.ParseList(body, maxEntries)
		if err != nil {
			return
		}
		d := &misskeyListing{site: site{host: "social.example.com", actor: owner()}, trail: newTrail(10, 10)}
		page := d.notes(list, "9u", "")
		if page.Items != len(list) || len(page.Posts) > page.Items {
			t.Errorf("%+v", page)
		}
		for _, p := range page.Posts {
			if !isURI(p.URI) || !p.Boost && !strings.HasPrefix(p.URI, "https://social.example.com/notes/") {
				t.Errorf("%+v", p)
			}
		}
		if page.Next != "" && !isPlainID(strings.TrimPrefix(page.Next, "9u/")) {
			t.Errorf("next %q", page.Next)
		}
	})
}

func FuzzRESTStatuses(f *testing.F) {
	f.Add([]byte("[" + restStatus(1, `,"reblog":{"uri":"https://x.example/1"}`) + "]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := loosejson.ParseList(body, maxEntries)
		if err != nil {
			return
		}
		d := &restListing{site: site{host: "social.example.com", actor: owner()}}
		for _, n := range list {
			if e := d.entry(n, "7"); e.post != nil && !isURI(e.post.URI) || !isID(e.mark) && e.mark != "" {
				t.Errorf("%+v", e)
			}
		}
	})
}
