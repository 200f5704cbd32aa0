package activitypub

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

const alice = "https://social.example.com/users/alice"

func owner() actor {
	return actor{Actor: fediverse.Actor{URI: alice}, outbox: alice + "/outbox", followers: alice + "/followers"}
}

func testDocument(t testing.TB, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(path)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// lines writes each post on one line, without what all of them share.
func lines(c collection) string {
	var lines []string
	for _, e := range c.entries {
		if e.post == nil {
			continue
		}
		p := *e.post
		line := strings.TrimPrefix(p.URI, alice) + " " + []string{"direct", "private", "unlisted", "public"}[p.Visibility]
		if !p.Published.IsZero() {
			line += p.Published.Format(" 01-02")
		}
		if p.Boost {
			line += " boost"
		}
		if p.Author != alice {
			line += " by " + p.Author
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestCollections(t *testing.T) {
	const social = "https://social.example.com"
	for _, c := range []struct {
		name        string
		entries     int
		total       int
		first, next string
		listed      bool
		posts       string
	}{
		{name: "mastodon_root", total: 41, first: alice + "/outbox?page=true"},
		{name: "mastodon_page", entries: 5, total: -1, next: alice + "/outbox?max_id=112233&page=true", listed: true, posts: "/statuses/9 public 03-09\n" +
			"/statuses/8 unlisted 03-08\n" +
			"https://other.example.com/users/bob/statuses/1 public 03-07 boost by \n" +
			"/statuses/2 private 03-06 boost\n" +
			"/statuses/5 public 03-05"},
		{name: "pleroma_page", entries: 1, total: -1, next: alice + "/outbox?max_id=AbD&page=true", listed: true, posts: social + "/objects/6b1c public 03-03"},
		{name: "gotosocial_page", entries: 1, total: 120, next: alice + "/outbox?limit=40&max_id=01HX", listed: true, posts: "/statuses/01HY public"},
		{name: "gotosocial_hidden", total: -1},
		{name: "takahe_inline", entries: 2, total: 2, listed: true, posts: "/statuses/4 public 03-04\n/statuses/3 unlisted 03-03"},
		{name: "wordpress4_root", entries: 1, total: 23, next: social + "/wp-json/activitypub/1.0/actors/1/outbox?page=2", listed: true, posts: social + "/?p=123 public 03-09"},
		{name: "wordpress4_empty", total: 0, first: alice + "/outbox?page=1"},
		{name: "owncast_page", entries: 1, total: -1, listed: true, posts: "/statuses/2 public 03-02"},
		{name: "pixelfed_root", total: 77},
		{name: "pixelfed_old", entries: 1, total: 1, listed: true, posts: "/statuses/1 public 03-01"},
		{name: "peertube_page", entries: 1, total: 12, next: alice + "/outbox?page=2", listed: true, posts: social + "/videos/watch/aa-bb public 03-12"},
		{name: "peertube_empty", total: 0},
		{name: "lemmy_group", entries: 2, total: 900, listed: true, posts: social + "/post/3 public boost by " + social + "/u/bob"},
		{name: "mobilizon_root", entries: 1, total: 11, next: alice + "/outbox?page=2", listed: true, posts: social + "/events/uuid public 02-02"},
		{name: "bridgyfed_root", total: 0, listed: true},
		{name: "bookwyrm_page", entries: 3, total: -1, listed: true, posts: "/statuses/2 public 03-02\n/statuses/1 public 03-01"},
		{name: "funkwhale_user", total: -1},
		{name: "funkwhale_page", entries: 1, total: -1, listed: true, posts: "/uploads/1 public 02-03"},
		{name: "nodebb_small", entries: 2, total: 2, next: social + "/uid/1/outbox", listed: true, posts: "/statuses/2 public 03-02"},
		{name: "writefreely_past_the_end", total: 12, next: alice + "/outbox?page=10", listed: true},
		{name: "oddities", entries: 19, total: -1, next: alice + "/outbox?page=2", listed: true, posts: "/statuses/30 direct by \n" +
			"/statuses/11 public 03-11\n" +
			"/statuses/13 public\n" +
			"/statuses/14 public 03-14\n" +
			"/statuses/16 public 03-16\n" +
			"/statuses/17 public 03-17\n" +
			"/statuses/18 private 03-18\n" +
			"/statuses/19 direct 03-19\n" +
			"/statuses/23 public 03-23"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseCollection(testDocument(t, "collections/"+c.name), reading{owner: owner()})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.entries) != c.entries || got.total != c.total || got.first != c.first || got.next != c.next || got.listed != c.listed {
				t.Errorf("%d entries of %d, first %q, next %q, listed %v", len(got.entries), got.total, got.first, got.next, got.listed)
			}
			if posts := lines(got); posts != c.posts {
				t.Errorf("posts:\n%s\nwant:\n%s", posts, c.posts)
			}
		})
	}
}

func TestEveryDocumentNamesItsSource(t *testing.T) {
	names, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d documents, %v", len(names), err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n, err := loosejson.Parse(body)
		if err != nil || n.Text("_source") == "" {
			t.Errorf("%s names no source (%v)", name, err)
		}
	}
}

func TestPostDetails(t *testing.T) {
	c, err := parseCollection(testDocument(t, "collections/peertube_page"), reading{owner: owner()})
	if err != nil {
		t.Fatal(err)
	}
	if p := c.entries[0].post; p.URL != "https://social.example.com/w/aa" || p.Author != alice {
		t.Errorf("post = %+v", p)
	}
	c, err = parseCollection(testDocument(t, "collections/oddities"), reading{owner: owner()})
	if err != nil {
		t.Fatal(err)
	}
	var marks []string
	for _, e := range c.entries {
		if e.mark != "" {
			marks = append(marks, strings.TrimPrefix(e.mark, alice))
		}
		if e.post != nil && strings.HasPrefix(e.post.URL, "javascript") {
			t.Errorf("URL = %q", e.post.URL)
		}
	}
	if len(marks) != 13 || marks[0] != "/statuses/30" {
		t.Errorf("%d marks: %q", len(marks), marks)
	}
}

func TestCollectionShapes(t *testing.T) {
	deep := strings.Repeat(`{"type":"Collection","items":`, 10) + `[]` + strings.Repeat(`}`, 10)
	for _, c := range []struct {
		name, body string
		ok         bool
		entries    int
	}{
		{"one object", `{"type":"OrderedCollectionPage","orderedItems":{"type":"Note","id":"https://a.example.com/1"}}`, true, 1},
		{"one id", `{"type":"OrderedCollectionPage","orderedItems":"https://a.example.com/1"}`, true, 1},
		{"null", `{"type":"OrderedCollectionPage","orderedItems":null}`, true, 0},
		{"null, but items", `{"type":"OrderedCollectionPage","orderedItems":null,"items":["https://a.example.com/1"]}`, true, 1},
		{"a number", `{"type":"OrderedCollectionPage","orderedItems":3}`, true, 1},
		{"byte order mark", "\ufeff{\"type\":\"Collection\",\"items\":[]}", true, 0},
		{"first with nothing but an id", `{"type":"Collection","first":{"type":"CollectionPage","id":"https://a.example.com/1"}}`, true, 0},
		{"error text", `{"error":"Request not signed"}`, true, 0},
		{"a note", `{"type":"Note","id":"https://a.example.com/1"}`, false, 0},
		{"array", `[]`, false, 0},
		{"text", `"x"`, false, 0},
		{"empty", ``, false, 0},
		{"HTML", `<html>`, false, 0},
		{"cut off", `{"type":"Collection","items":[`, false, 0},
		{"nested too deeply", deep, false, 0},
		{"deep JSON", `{"items":` + strings.Repeat("[", 100000) + strings.Repeat("]", 100000) + `}`, false, 0},
		{"too many", `{"items":[` + strings.Repeat("1,", maxEntries) + `1]}`, false, 0},
		{"as many as may be", `{"items":[` + strings.Repeat("1,", maxEntries-1) + `1]}`, true, maxEntries},
		{"endless next", `{"items":[],"next":"https://a.example.com/` + strings.Repeat("x", maxURI) + `"}`, false, 0},
	} {
		got, err := parseCollection([]byte(c.body), reading{owner: owner()})
		if (err == nil) != c.ok || len(got.entries) != c.entries && c.ok {
			t.Errorf("%s: %d entries, %v", c.name, len(got.entries), err)
		}
	}
}

func TestVisibility(t *testing.T) {
	const everybody = `"https://www.w3.org/ns/activitystreams#Public"`
	for body, want := range map[string]fediverse.Visibility{
		`{"to":[` + everybody + `]}`: fediverse.Public,
		`{"to":` + everybody + `}`:   fediverse.Public,
		`{"to":"as:Public"}`:         fediverse.Public,
		`{"to":["Public"]}`:          fediverse.Public,
		`{"to":["` + alice + `/followers"],"cc":` + everybody + `}`: fediverse.Unlisted,
		`{"cc":["as:Public"]}`:                       fediverse.Unlisted,
		`{"to":["` + alice + `/followers"]}`:         fediverse.Private,
		`{"to":"` + alice + `/followers"}`:           fediverse.Private,
		`{"to":["https://b.example.com/followers"]}`: fediverse.Direct,
		`{"to":["https://b.example.com/#Public"]}`:   fediverse.Direct,
		`{"to":["public"]}`:                          fediverse.Direct,
		`{"to":{"id":` + everybody + `}}`:            fediverse.Public,
		`{"to":[[` + everybody + `]]}`:               fediverse.Direct,
		`{"to":null,"cc":7}`:                         fediverse.Direct,
		`{}`:                                         fediverse.Direct,
	} {
		n, err := loosejson.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if got := visibility(n, alice+"/followers"); got != want {
			t.Errorf("%s: %d, want %d", body, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"2024-03-01T10:00:00Z":           "2024-03-01T10:00:00Z",
		"2024-03-01T12:00:00.123+02:00":  "2024-03-01T10:00:00.123Z",
		"2024-03-01T10:00:00":            "2024-03-01T10:00:00Z",
		"2024-03-01":                     "2024-03-01T00:00:00Z",
		"2024-13-01T10:00:00Z":           "",
		"":                               "",
		"Fri, 01 Mar 2024 10:00:00 GMT":  "2024-03-01T10:00:00Z",
		"yesterday":                      "",
		"10:00":                          "",
		"99999-03-01T10:00:00Z":          "",
		"2024-03-01T10:00:00Z; DROP":     "2024-03-01T10:00:00Z",
		"2024-03-01T10:00:00.000000000Z": "2024-03-01T10:00:00Z",
	} {
		got := date(loosejson.Node{"published": []byte(fmt.Sprintf("%q", text))})
		if got.IsZero() != (want == "") || want != "" && got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q is %s", text, got)
		}
	}
}

// What Mastodon does not read as a date is none, whatever its type, and the date of
// the surrounding activity does not replace it.
func TestObjectsDateAlone(t *testing.T) {
	for published, dated := range map[string]bool{
		`"2025-01-01 12:34:56"`: true, `"Jan 25, 2023 5:14 AM"`: true, `"2024-05-01T10:00:00+0000"`: true, `"2024-05-01t10:00z"`: true,
		`null`: false, `1714557600`: false, `"1714557600"`: false, `["2024-05-01T10:00:00Z"]`: false, `{}`: false, `true`: false, `"yesterday"`: false,
	} {
		object := `{"id":"` + alice + `/statuses/1","type":"Note","content":"x","attributedTo":"` + alice + `","to":"as:Public","published":` + published + `}`
		body := `{"@context":"https://www.w3.org/ns/activitystreams","type":"OrderedCollectionPage","orderedItems":[` +
			`{"type":"Create","actor":"` + alice + `","published":"2024-05-05T00:00:00Z","to":"as:Public","object":` + object + `}]}`
		p := firstPost(t, body)
		if p.Published.IsZero() == dated || (p.Object != nil) != dated || p.Bare {
			t.Errorf("%s: published %v, kept %t, bare %t", published, p.Published, p.Object != nil, p.Bare)
		}
	}
}

func FuzzCollection(f *testing.F) {
	names, err := filepath.Glob("testdata/collections/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := parseCollection(body, reading{owner: owner()})
		if err != nil {
			return
		}
		if len(c.next) > maxURI || len(c.entries) > maxEntries {
			t.Errorf("next of %d bytes, %d entries", len(c.next), len(c.entries))
		}
		for _, e := range c.entries {
			if e.mark != "" && !isID(e.mark) {
				t.Errorf("mark %q", e.mark)
			}
			if p := e.post; p != nil && (!isURI(p.URI) || p.Author != "" && !isURI(p.Author) || p.URL != "" && !isURI(p.URL)) {
				t.Errorf("post %+v", p)
			}
		}
	})
}
