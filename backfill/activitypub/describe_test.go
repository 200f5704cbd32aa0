package activitypub

import (
	"net/http"
	"strings"
	"testing"

	"tootfill/backfill"
)

func serveNodeinfo(o *fakeOrigins, host, links, info string) {
	o.set("https://"+host+"/.well-known/nodeinfo", fakeDocument{http.StatusOK, "application/json", links})
	o.set("https://"+host+"/nodeinfo/2.0", fakeDocument{
		http.StatusOK, `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#"`, info,
	})
}

const nodeinfoLinks = `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/9.9","href":"https://social.example.com/9"},
	{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.1","href":"https://evil.example.com/nodeinfo/2.1"},
	{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://social.example.com/nodeinfo/2.0"}]}`

func TestDescribe(t *testing.T) {
	o := withAlice(t, "mastodon")
	serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"mastodon\u001b[31m","version":"4.5.1"}}`)
	o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=1"))
	o.serve(aliceOutbox+"?page=1", pageDocument("", 2, 1))
	d := o.reader(t).Describe(t.Context(), account(alice))
	if d.Software != "mastodon[31m" || d.Version != "4.5.1" || d.Count != 5 || d.Outbox != Readable || d.Err != nil || d.Actor.URI != alice {
		t.Errorf("description = %+v", d)
	}
	if n := count(o.requests(), "evil"); n != 0 {
		t.Error("a nodeinfo link to another host was followed")
	}
}

func TestDescribeClosedOrigins(t *testing.T) {
	for _, c := range []struct {
		name   string
		serve  func(*fakeOrigins)
		outbox string
		count  int
	}{
		{"actor needs a signature", func(o *fakeOrigins) { o.fail(alice, 401) }, string(backfill.NeedsSignature), -1},
		{"outbox needs a signature", func(o *fakeOrigins) { o.fail(aliceOutbox, 401) }, string(backfill.NeedsSignature), -1},
		{"only a count (Pixelfed)", func(o *fakeOrigins) {
			o.serve(aliceOutbox, `{"type":"OrderedCollection","totalItems":77}`)
		}, string(backfill.NoOutbox), 77},
		{"the first page fails", func(o *fakeOrigins) {
			o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=1"))
			o.fail(aliceOutbox+"?page=1", 500)
		}, string(backfill.ServerError), 5},
		{"a long pause", func(o *fakeOrigins) {
			o.fail(aliceOutbox, 429)
		}, Paused, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := withAlice(t, "mastodon")
			serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"x","version":"1"}}`)
			c.serve(o)
			d := o.reader(t).Describe(t.Context(), account(alice))
			if d.Outbox != c.outbox || d.Count != c.count || d.Err == nil {
				t.Errorf("description = %+v", d)
			}
			if c.outbox != Paused && d.Software != "x" {
				t.Errorf("software = %q", d.Software)
			}
		})
	}
}

func TestSoftwareText(t *testing.T) {
	long := strings.Repeat("ä", 100)
	for in, want := range map[string]string{
		"mastodon": "mastodon", " 4.5.1\n": "4.5.1", "a\x00b\u202ec\u200bd": "abcd", long: strings.Repeat("ä", 32), "": "",
	} {
		if got := softwareText(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
