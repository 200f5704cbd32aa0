package activitypub

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tootfill/backfill"
)

func TestOpen(t *testing.T) {
	o := withAlice(t, "mastodon")
	l, err := o.reader(t).Open(t.Context(), account(alice))
	if err != nil {
		t.Fatal(err)
	}
	a := l.Actor()
	if a.URI != alice || a.Handle.String() != "alice@social.example.com" || a.URL != "https://social.example.com/@alice" ||
		a.MovedTo != "https://new.example.com/users/alice" || !strings.Contains(a.Summary, "nobot") {
		t.Errorf("actor = %+v", a)
	}
	if len(a.Fields) != 1 || !strings.HasPrefix(a.Fields[0], "Web: <a href=") {
		t.Errorf("fields = %q", a.Fields)
	}
	if l.Source() != "outbox" {
		t.Errorf("source = %q", l.Source())
	}
	if n := len(o.requests()); n != 2 {
		t.Errorf("%d requests: %q", n, o.requests())
	}
}

func TestOpenPrefersTheUsersOwnSpelling(t *testing.T) {
	o := newFakeOrigins(t)
	o.serveJRD("social.example.com", "Alice", "acct:Alice@Social.Example.COM", alice)
	o.serve(alice, string(testDocument(t, "actors/mastodon")))
	a := account("")
	a.Username = "Alice"
	l, err := o.reader(t).Open(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if h := l.Actor().Handle; h != a.Handle {
		t.Errorf("handle = %s", h)
	}
}

func TestActorPage(t *testing.T) {
	o := withAlice(t, "peertube")
	l, err := o.reader(t).Open(t.Context(), account(""))
	if err != nil {
		t.Fatal(err)
	}
	if url := l.Actor().URL; url != "https://social.example.com/a/alice" {
		t.Errorf("URL = %q", url)
	}
}

func TestSplitDomain(t *testing.T) {
	for _, c := range []struct {
		name  string
		serve func(*fakeOrigins)
		want  string // the handle; empty for an error
	}{
		{"confirmed", func(o *fakeOrigins) {
			o.serveJRD("social.example.com", "alice", "acct:Alice@words.example.com", alice)
			o.serveJRD("words.example.com", "Alice", "acct:alice@words.example.com", alice)
		}, "alice@words.example.com"},
		{"not confirmed", func(o *fakeOrigins) {
			o.serveJRD("social.example.com", "alice", "acct:alice@words.example.com", alice)
		}, ""},
		{"a third name", func(o *fakeOrigins) {
			o.serveJRD("social.example.com", "alice", "acct:alice@words.example.com", alice)
			o.serveJRD("words.example.com", "alice", "acct:alice@third.example.com", alice)
		}, ""},
		{"back and forth", func(o *fakeOrigins) {
			o.serveJRD("social.example.com", "alice", "acct:alice@words.example.com", alice)
			o.serveJRD("words.example.com", "alice", "acct:alice@social.example.com", alice)
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newFakeOrigins(t)
			o.serve(alice, string(testDocument(t, "actors/mastodon")))
			c.serve(o)
			l, err := o.reader(t).Open(t.Context(), account(""))
			switch {
			case c.want == "" && err == nil:
				t.Errorf("handle = %s, want an error", l.Actor().Handle)
			case c.want != "" && err != nil:
				t.Error(err)
			case c.want != "" && l.Actor().Handle.String() != c.want:
				t.Errorf("handle = %s", l.Actor().Handle)
			}
		})
	}
}

func TestHostMeta(t *testing.T) {
	const meta, elsewhere = "https://social.example.com/.well-known/host-meta", "https://web.example.com/wf?r=acct:alice@social.example.com&x=1"
	xrd := fakeDocument{status: http.StatusOK, contentType: "application/xrd+xml", body: `<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">` +
		`<Link rel="lrdd" type="application/xrd+xml" template="https://web.example.com/xrd?r={uri}"/>` +
		`<Link rel="lrdd" type="application/json" template="https://web.example.com/wf?r={uri}&amp;x=1"/></XRD>`}
	jrd := fakeDocument{status: http.StatusOK, contentType: "application/json", body: `{"subject":"acct:alice@social.example.com","links":[` +
		`{"rel":"self","type":"text/html","href":"https://web.example.com/alice"},` +
		`{"rel":"self","type":"application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"","href":"` + alice + `"}]}`}
	o := newFakeOrigins(t)
	o.serve(alice, string(testDocument(t, "actors/mastodon")))
	o.set(meta, xrd)
	o.set(elsewhere, jrd)
	if _, err := o.reader(t).Open(t.Context(), account("")); err != nil {
		t.Error(err)
	}
	// Only a 404 leads there.
	o.fail("https://social.example.com/.well-known/webfinger?resource=acct:alice@social.example.com", http.StatusGone)
	o.forget()
	_, err := o.reader(t).Open(t.Context(), account(""))
	wantCause(t, err, backfill.Gone)
	if n := count(o.requests(), "host-meta"); n != 0 {
		t.Error("host-meta was read after a 410")
	}
}

// If the answers are files, a server may send them with any content type.
func TestWebFingerOfAnyContentType(t *testing.T) {
	const asked = "https://social.example.com/.well-known/webfinger?resource=acct:alice@social.example.com"
	const meta, elsewhere = "https://social.example.com/.well-known/host-meta", "https://web.example.com/wf?r=acct:alice@social.example.com"
	jrd := `{"subject":"ACCT:alice@social.example.com","links":[{"rel":"self","type":"application/activity+json","href":"` + alice + `"}]}`
	xrd := `<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Subject>acct:alice@social.example.com</Subject>` +
		`<Link rel="self" type="application/activity+json" href="` + alice + `"/></XRD>`
	metas := []string{
		`<?xml version="1.0"?><XRD><Link rel="lrdd" template="https://web.example.com/wf?r={uri}"/></XRD>`,
		`{"links":[{"rel":"lrdd","type":"application/json","template":"http://web.example.com/wf?r={uri}"}]}`,
	}
	for _, kind := range []string{"application/octet-stream", "text/plain; charset=utf-8", "text/html", "application/jrd+json; charset=utf-8; charset=utf-8", ""} {
		for _, body := range []string{jrd, "\ufeff" + jrd, xrd} {
			o := newFakeOrigins(t)
			o.serve(alice, string(testDocument(t, "actors/mastodon")))
			o.set(asked, fakeDocument{status: http.StatusOK, contentType: kind, body: body})
			if _, err := o.reader(t).Open(t.Context(), account("")); err != nil {
				t.Errorf("WebFinger as %q: %v", kind, err)
			}
		}
		for _, body := range metas {
			o := newFakeOrigins(t)
			o.serve(alice, string(testDocument(t, "actors/mastodon")))
			o.set(meta, fakeDocument{status: http.StatusOK, contentType: kind, body: body})
			o.set(elsewhere, fakeDocument{status: http.StatusOK, contentType: kind, body: jrd})
			if _, err := o.reader(t).Open(t.Context(), account("")); err != nil {
				t.Errorf("host-meta as %q: %v", kind, err)
			}
		}
	}
	o := newFakeOrigins(t)
	o.set(asked, fakeDocument{status: http.StatusOK, contentType: "text/html", body: "<!DOCTYPE html><html><body>Not found</body></html>"})
	_, err := o.reader(t).Open(t.Context(), account(""))
	wantCause(t, err, backfill.Malformed)
}

// For a prefetched body nobody else checks the content type.
func TestActorOfTheWrongContentType(t *testing.T) {
	for kind, ok := range map[string]bool{
		"application/ld+json; profile=https://www.w3.org/ns/activitystreams": true,
		"application/activity+json; charset=utf-8; charset=utf-8":            true,
		"application/ld+json": false, "application/octet-stream": false, "text/plain": false,
	} {
		o := withAlice(t, "mastodon")
		o.set(alice, fakeDocument{status: http.StatusOK, contentType: kind, body: string(testDocument(t, "actors/mastodon"))})
		if _, err := o.reader(t).Open(t.Context(), account("")); (err == nil) != ok {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestHostMetaDoesNotHideThe404(t *testing.T) {
	_, err := newFakeOrigins(t).reader(t).Open(t.Context(), account(""))
	wantCause(t, err, backfill.NotFound)
}

func TestOpenWithoutWebFinger(t *testing.T) {
	o := newFakeOrigins(t)
	o.serve(alice, string(testDocument(t, "actors/mastodon")))
	l, err := o.reader(t).Open(t.Context(), account(alice))
	if err != nil {
		t.Fatal(err)
	}
	if a := l.Actor(); a.URI != alice || a.Handle.String() != "alice@social.example.com" {
		t.Errorf("actor = %+v", a)
	}
}

func TestWebFingerMustAgreeWithHome(t *testing.T) {
	o := withAlice(t, "mastodon")
	_, err := o.reader(t).Open(t.Context(), account("https://social.example.com/users/mallory"))
	wantCause(t, err, backfill.Malformed)
	if _, err := o.reader(t).Open(t.Context(), account("HTTPS://Social.Example.com/users/alice")); err != nil {
		t.Error(err)
	}
}

func TestActors(t *testing.T) {
	for _, c := range []struct {
		name, address, body string
		status              int
		cause               backfill.Cause // empty: it works
	}{
		{"the address of the profile page", "https://social.example.com/@alice", `{"id":"` + alice + `","type":"Person"}`, 200, ""},
		{"an id on another host", alice + "2", `{"id":"https://evil.example.com/users/alice","type":"Person"}`, 200, backfill.Malformed},
		{"an id that does not confirm itself", alice + "2", `{"id":"https://social.example.com/nobody","type":"Person"}`, 200, backfill.NotFound},
		{"no id", alice + "2", `{"type":"Person"}`, 200, backfill.Malformed},
		{"not an actor", alice + "2", `{"id":"` + alice + `2","type":"Note"}`, 200, backfill.Malformed},
		{"not JSON", alice + "2", `<html>`, 200, backfill.Malformed},
		{"authorized fetch", alice + "2", ``, 401, backfill.NeedsSignature},
		{"gone", alice + "2", ``, 410, backfill.Gone},
		{"broken", alice + "2", ``, 500, backfill.ServerError},
		{"plain http", "http://social.example.com/users/alice", ``, 200, backfill.Forbidden},
		{"a private address", "https://127.0.0.1/users/alice", ``, 200, backfill.Forbidden},
		{"another port", "https://social.example.com:8443/users/alice", ``, 200, backfill.Forbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := withAlice(t, "mastodon")
			o.serveJRD("social.example.com", "alice", "acct:alice@social.example.com", c.address)
			o.set(c.address, fakeDocument{status: c.status, contentType: "application/activity+json", body: c.body})
			l, err := o.reader(t).Open(t.Context(), account(""))
			if c.cause == "" {
				if err != nil || l.Actor().URI != alice {
					t.Errorf("error = %v", err)
				}
				return
			}
			wantCause(t, err, c.cause)
		})
	}
}

func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := withAlice(t, "mastodon").reader(t).Open(ctx, account(alice))
	var refused *backfill.OriginError
	if !errors.Is(err, context.Canceled) || errors.As(err, &refused) {
		t.Errorf("error = %v", err)
	}
}

func TestParseJRD(t *testing.T) {
	const link = `"links":[{"rel":"self","type":"application/activity+json","href":"` + alice + `"}]`
	for body, ok := range map[string]bool{
		`{"subject":"acct:a@b.example",` + link + `}`:        true,
		`{"subject":"acct:Kàt@bücher.example",` + link + `}`: true,
		`{"subject":"ACCT:a@b.example",` + link + `}`:        true,
		`{"subject":"a@b.example",` + link + `}`:             true,
		`{"subject":"acct:kaniini",` + link + `}`:            false,
		`{"subject":"https://b.example/@a",` + link + `}`:    false,
		`{"subject":"acct:a@b.example/x",` + link + `}`:      false,
		`{"subject":"acct:a@b@c.example",` + link + `}`:      false,
		`{"subject":"acct:a\u001b@b.example",` + link + `}`:  false,
		`{"subject":["acct:a@b.example"],` + link + `}`:      false,
		`{` + link + `}`:                 false,
		`{"subject":"acct:a@b.example"}`: true, // without an actor, which is reported later
		`{"subject":"acct:a@b.example","links":{"rel":"self","href":1}}`: true,
		``: false, `[]`: false, `<XRD/>`: false,
	} {
		j, err := parseJRD([]byte(body))
		if (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
		if _, err := j.actor(""); ok && (err == nil) != strings.Contains(body, link) {
			t.Errorf("%s: actor: %v", body, err)
		}
	}
	j := jrd{actors: []string{"https://a.example/1", "https://a.example/2"}}
	if got, err := j.actor("https://A.example/2"); err != nil || got != "https://a.example/2" {
		t.Errorf("of two actors %q was taken, %v", got, err)
	}
}

func FuzzJRD(f *testing.F) {
	f.Add([]byte(`{"subject":"acct:a@b.example","links":[{"rel":"self","type":"application/activity+json","href":"https://b.example/a"}]}`))
	f.Add([]byte(`{"subject":"acct:@@","links":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		j, err := parseJRD(body)
		if err != nil {
			return
		}
		if j.subject.User == "" || j.subject.Domain == "" || j.user == "" {
			t.Errorf("subject %+v", j)
		}
		for _, a := range j.actors {
			if !isURI(a) {
				t.Errorf("actor %q", a)
			}
		}
	})
}

func FuzzHostMeta(f *testing.F) {
	f.Add([]byte(`<XRD><Link rel="lrdd" template="https://a.example/?r={uri}"/></XRD>`))
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY a "b">]><XRD>&a;</XRD>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		template, err := parseHostMeta(body)
		if err == nil && !strings.Contains(template, "{uri}") {
			t.Errorf("template %q", template)
		}
	})
}
