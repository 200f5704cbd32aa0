package activitypub

import (
	"net/http"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const fingerURL = "https://social.example.com/.well-known/webfinger?resource=acct:"

func serveActor(o *fakeOrigins, more string) {
	o.serve(alice, `{"id":"`+alice+`","type":"Person","name":"Alice","inbox":"`+alice+`/inbox","outbox":"`+aliceOutbox+`"`+more+`}`)
}

// The handle that the actor claims must lead back to it.
func TestConfirm(t *testing.T) {
	const words = "words.example.com"
	for _, c := range []struct {
		name  string
		serve func(*fakeOrigins)
		uri   string // what home knows
		cause backfill.Cause
		asked int // how often WebFinger is queried
	}{
		{"the handle that was asked for", func(o *fakeOrigins) {
			serveActor(o, `,"preferredUsername":"Alice"`)
		}, "", "", 1},
		{"a split domain, asked for on the way", func(o *fakeOrigins) {
			o.serveJRD("social.example.com", "alice", "acct:alice@"+words, alice)
			o.serveJRD(words, "alice", "acct:alice@"+words, alice)
			serveActor(o, `,"preferredUsername":"alice"`)
		}, "", "", 2},
		{"a split domain by FEP-2c59", func(o *fakeOrigins) {
			o.serveJRD("social.example.com", "alice", "acct:alice@"+words, alice)
			o.serveJRD(words, "alice", "acct:alice@"+words, alice)
			serveActor(o, `,"preferredUsername":"al","webfinger":"alice@words.example.com"`)
		}, "", "", 2},
		{"another name that leads back", func(o *fakeOrigins) {
			o.serveJRD("social.example.com", "al", "acct:al@social.example.com", alice)
			serveActor(o, `,"preferredUsername":"al"`)
		}, "", "", 2},
		{"a name that is somebody else's", func(o *fakeOrigins) {
			o.serveJRD("social.example.com", "bob", "acct:bob@social.example.com", "https://social.example.com/users/bob")
			serveActor(o, `,"preferredUsername":"bob"`)
		}, "", backfill.Malformed, 2},
		{"a name that is somebody else's, though home knows the actor", func(o *fakeOrigins) {
			o.serveJRD("social.example.com", "bob", "acct:bob@social.example.com", "https://social.example.com/users/bob")
			serveActor(o, `,"preferredUsername":"bob"`)
		}, alice, backfill.Malformed, 2},
		{"a name that cannot be found", func(o *fakeOrigins) {
			serveActor(o, `,"preferredUsername":"nobody"`)
		}, "", backfill.NotFound, 2},
		{"a name that cannot be found, though home knows the actor", func(o *fakeOrigins) {
			serveActor(o, `,"preferredUsername":"nobody"`)
		}, alice, "", 2},
		{"no handle", func(o *fakeOrigins) { serveActor(o, `,"preferredUsername":"a b"`) }, "", backfill.Malformed, 1},
		{"no name at all", func(o *fakeOrigins) { serveActor(o, ``) }, "", "", 1},
		{"WebFinger out of order, home knows the actor", func(o *fakeOrigins) {
			o.fail(fingerURL+"alice@social.example.com", http.StatusInternalServerError)
			serveActor(o, `,"preferredUsername":"bob"`)
		}, alice, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newFakeOrigins(t)
			o.serveJRD("social.example.com", "alice", "acct:alice@social.example.com", alice)
			c.serve(o)
			_, err := o.reader(t).Open(t.Context(), account(c.uri))
			if c.cause != "" {
				wantCause(t, err, c.cause)
			} else if err != nil {
				t.Error(err)
			}
			if n := count(o.requests(), "webfinger"); n != c.asked {
				t.Errorf("WebFinger was asked %d times: %q", n, o.requests())
			}
		})
	}
}

func TestInternationalHosts(t *testing.T) {
	for _, pair := range [][2]string{
		{"https://BÜCHER.example/u/A", "https://xn--bcher-kva.example/u/A"},
		{"https://bücher.example:8443/u", "https://xn--bcher-kva.example:8443/u"},
		{"https://bücher.example", "https://xn--bcher-kva.example"},
		{"https://Social.Example:443/x", "https://social.example/x"},
		{"https://b%C3%BCcher.example/%2F", "https://xn--bcher-kva.example/%2F"},
		{"https://social.example./x", "https://social.example/x"},
	} {
		if !sameURI(pair[0], pair[1]) || fediverse.HostOf(pair[0]) != fediverse.HostOf(pair[1]) {
			t.Errorf("%s and %s differ", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{
		{"https://a.example/x", "https://a.example/X"}, {"https://a.example/%2F", "https://a.example//"},
		{"https://a.example/?p=1", "https://a.example/?p=2"}, {"https://bucher.example/", "https://bücher.example/"},
	} {
		if sameURI(pair[0], pair[1]) {
			t.Errorf("%s and %s are the same", pair[0], pair[1])
		}
	}
	j, err := parseJRD([]byte(`{"subject":"acct:Ä@Bücher.example"}`))
	if err != nil || j.subject.Domain != "xn--bcher-kva.example" || j.user != "Ä" {
		t.Errorf("%+v %v", j, err)
	}
}

func TestActorSays(t *testing.T) {
	o := newFakeOrigins(t)
	o.serveJRD("social.example.com", "alice", "acct:alice@social.example.com", alice)
	for more, want := range map[string]string{`,"indexable":true`: "yes", `,"indexable":false`: "no", `,"indexable":"false"`: "unsaid", ``: "unsaid"} {
		serveActor(o, more)
		l, err := o.reader(t).Open(t.Context(), account(alice))
		if err != nil {
			t.Fatal(err)
		}
		got := "unsaid"
		if b := l.Actor().Indexable; b != nil {
			got = map[bool]string{true: "yes", false: "no"}[*b]
		}
		if got != want {
			t.Errorf("%s: %s", more, got)
		}
	}
}
