package activitypub

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

func serveNodeinfo(o *fakeOrigins, host, links, info string) {
	o.set("https://"+host+"/.well-known/nodeinfo", fakeDocument{status: http.StatusOK, contentType: "application/json", body: links})
	o.set("https://"+host+"/nodeinfo/2.0", fakeDocument{
		status: http.StatusOK, contentType: `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#"`, body: info,
	})
}

const nodeinfoLinks = `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/9.9","href":"https://social.example.com/9"},
	{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.1","href":"https://evil.example.com/nodeinfo/2.1"},
	{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://social.example.com/nodeinfo/2.0"}]}`

// WriteFreely writes the profile without quotes (writefreely/go-nodeinfo), and a
// nodeinfo that is a file has any content type.
func TestNodeinfoOfAnyContentType(t *testing.T) {
	for _, kind := range []string{
		"application/json; profile=http://nodeinfo.diaspora.software/ns/schema/2.0#", "application/json; charset=utf-8; charset=utf-8", "application/octet-stream",
	} {
		o := withAlice(t, "mastodon")
		links := strings.ReplaceAll(nodeinfoLinks, "https://social.example.com/nodeinfo", "http://social.example.com/nodeinfo")
		o.set("https://social.example.com/.well-known/nodeinfo", fakeDocument{status: http.StatusOK, contentType: kind, body: links})
		o.set("https://social.example.com/nodeinfo/2.0", fakeDocument{status: http.StatusOK, contentType: kind, body: `{"software":{"name":"writefreely","version":"0.15.1"}}`})
		if d := o.reader(t).Describe(t.Context(), account(alice)); d.Software != "writefreely" || d.Version != "0.15.1" {
			t.Errorf("%s: software %q %q", kind, d.Software, d.Version)
		}
	}
}

// The domain of the handles has no nodeinfo of its own, or redirects to the
// server's.
func TestNodeinfoOfASplitDomain(t *testing.T) {
	const actor = "https://web.example.com/users/alice"
	for _, readable := range []bool{true, false} {
		o := newFakeOrigins(t)
		o.serveJRD("social.example.com", "alice", "acct:alice@social.example.com", actor)
		o.serveJRD("web.example.com", "alice", "acct:alice@social.example.com", actor)
		if readable {
			o.serve(actor, `{"id":"`+actor+`","type":"Person","preferredUsername":"alice"}`)
		} else {
			o.fail(actor, http.StatusUnauthorized)
		}
		serveNodeinfo(o, "web.example.com", strings.ReplaceAll(nodeinfoLinks, "social.example.com", "web.example.com"), `{"software":{"name":"mastodon","version":"4.6.5"}}`)
		if d := o.reader(t).Describe(t.Context(), account("")); d.Software != "mastodon" || d.Version != "4.6.5" {
			t.Errorf("readable %t: software %q %q (%v)", readable, d.Software, d.Version, d.Err)
		}
	}
	o := newFakeOrigins(t)
	o.set("https://social.example.com/.well-known/nodeinfo", fakeDocument{status: http.StatusMovedPermanently, location: "https://web.example.com/.well-known/nodeinfo"})
	serveNodeinfo(o, "web.example.com", strings.ReplaceAll(nodeinfoLinks, "social.example.com", "web.example.com"), `{"software":{"name":"mastodon","version":"4.6.5"}}`)
	if d := o.reader(t).Describe(t.Context(), account("")); d.Software != "mastodon" {
		t.Errorf("by a redirect: software %q (%v)", d.Software, d.Err)
	}
	o = newFakeOrigins(t) // it answers no WebFinger
	serveNodeinfo(o, "web.example.com", strings.ReplaceAll(nodeinfoLinks, "social.example.com", "web.example.com"), `{"software":{"name":"mastodon","version":"4.6.5"}}`)
	a := account("")
	a.URL = "https://web.example.com/@alice"
	if d := o.reader(t).Describe(t.Context(), a); d.Software != "mastodon" || d.Err == nil {
		t.Errorf("by the profile page: software %q (%v)", d.Software, d.Err)
	}
}

// A capped outbox counts only what it shows, and another listing may have the rest.
func TestDescribeCappedOutbox(t *testing.T) {
	for name, c := range map[string]struct {
		atLeast bool
		further string
		missing backfill.Cause
	}{"snac2": {true, "", backfill.Capped}, "snac2_few": {false, "", ""}} {
		o := readOriginCases(t)[name].serve(t)
		d := o.reader(t).Describe(t.Context(), account(""))
		if d.AtLeast != c.atLeast || d.Further != c.further || d.Shortfall != c.missing || d.Source != ListingOutbox || d.Outbox != Readable {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestDescribe(t *testing.T) {
	o := withAlice(t, "mastodon")
	serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"mastodon\u001b[31m","version":"4.5.1"}}`)
	o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=1"))
	o.serve(aliceOutbox+"?page=1", pageDocument("", 2, 1))
	d := o.reader(t).Describe(t.Context(), account(alice))
	if d.Software != "mastodon" || d.Version != "4.5.1" || d.Count != 5 || d.Outbox != Readable || d.Err != nil || d.Actor.URI != alice {
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

// What is known about an incomplete listing, and about one of another kind.
func TestDescribeShortfalls(t *testing.T) {
	for name, want := range map[string]struct {
		source    string
		shortfall backfill.Cause
		count     int
	}{
		"takahe": {"outbox", backfill.Capped, 10}, "mitra": {"outbox", backfill.Capped, -1}, "mastodon": {"outbox", "", 41},
		"mastodon_private": {"outbox", backfill.Hidden, 12}, "bridgy_fed": {"outbox", backfill.Empty, 0},
		"pixelfed": {"feed", backfill.Capped, 77}, "lemmy": {"lemmy", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := readOriginCases(t)[name]
			o := c.serve(t)
			d := o.reader(t).Describe(t.Context(), account(c.actor()))
			if d.Outbox != Readable || d.Source != want.source || d.Shortfall != want.shortfall || d.Count != want.count || d.Software != c.Software {
				t.Errorf("%+v", d)
			}
			if n := count(o.requests(), "/.well-known/nodeinfo"); n != 1 {
				t.Errorf("nodeinfo was read %d times", n)
			}
		})
	}
}

func TestSoftwareMemory(t *testing.T) {
	var m softwareMemory
	for i := range 3 * maxSoftwareHosts {
		m.remember(fmt.Sprint(i), fediverse.Software{Name: "x", Version: "1"})
	}
	if s, found := m.recall(fmt.Sprint(3*maxSoftwareHosts - 1)); !found || s.Name != "x" || s.Version != "1" || len(m.byHost) > maxSoftwareHosts {
		t.Errorf("%+v %t, %d hosts", s, found, len(m.byHost))
	}
	if _, found := m.recall("y"); found {
		t.Error("an unknown host is known")
	}
}
