package backfill

import (
	"testing"
	"time"

	"tootfill/backfill/fediverse"
)

func TestIneligible(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	actor := fediverse.Actor{URI: "https://photos.example/users/alice"}
	good := fediverse.Post{
		URI: "https://photos.example/users/alice/1", Author: actor.URI,
		Published: now.Add(-time.Hour), Visibility: fediverse.Public,
	}
	with := func(change func(*fediverse.Post)) fediverse.Post {
		p := good
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		post fediverse.Post
		want string
	}{
		"public":             {good, ""},
		"unlisted":           {with(func(p *fediverse.Post) { p.Visibility = fediverse.Unlisted }), ""},
		"followers-only":     {with(func(p *fediverse.Post) { p.Visibility = fediverse.Private }), notForAll},
		"direct":             {with(func(p *fediverse.Post) { p.Visibility = fediverse.Direct }), notForAll},
		"private boost":      {with(func(p *fediverse.Post) { p.Visibility, p.Boost = fediverse.Private, true }), notForAll},
		"boost":              {with(func(p *fediverse.Post) { p.Boost = true }), boosted},
		"another author":     {with(func(p *fediverse.Post) { p.Author = "https://photos.example/users/bob" }), foreignAuthor},
		"no author":          {with(func(p *fediverse.Post) { p.Author = "" }), foreignAuthor},
		"another host":       {with(func(p *fediverse.Post) { p.URI = "https://evil.example/1" }), foreignHost},
		"another port":       {with(func(p *fediverse.Post) { p.URI = "https://photos.example:444/1" }), foreignHost},
		"host as user":       {with(func(p *fediverse.Post) { p.URI = "https://photos.example@evil.example/1" }), foreignHost},
		"userinfo":           {with(func(p *fediverse.Post) { p.URI = "https://me@photos.example/1" }), foreignHost},
		"host in upper case": {with(func(p *fediverse.Post) { p.URI = "https://PHOTOS.example/1" }), ""},
		"the default port":   {with(func(p *fediverse.Post) { p.URI = "https://photos.example:443/1" }), ""},
		"a dot at the end":   {with(func(p *fediverse.Post) { p.URI = "https://photos.example./1" }), ""},
		"the port of http":   {with(func(p *fediverse.Post) { p.URI = "https://photos.example:80/1" }), foreignHost},
		"http":               {with(func(p *fediverse.Post) { p.URI = "http://photos.example/1" }), unencrypted},
		"not a URL":          {with(func(p *fediverse.Post) { p.URI = "photos.example/1" }), foreignHost},
		"no content":         {with(func(p *fediverse.Post) { p.Empty = true }), empty},
		"no date":            {with(func(p *fediverse.Post) { p.Published = time.Time{} }), undated},
		"future":             {with(func(p *fediverse.Post) { p.Published = now.Add(time.Hour) }), futureDated},
		"slightly ahead":     {with(func(p *fediverse.Post) { p.Published = now.Add(time.Minute) }), ""},
	} {
		if got := ineligible(c.post, actor, false, now); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A server has one name, however it is spelled.
func TestSameServerInAnotherSpelling(t *testing.T) {
	for _, pair := range []struct {
		uri, author string
		same        bool
	}{
		{"https://bücher.example/1", "https://xn--bcher-kva.example/a", true},
		{"https://xn--bcher-kva.example/1", "https://bücher.example/a", true},
		{"https://BÜCHER.example/1", "https://XN--BCHER-KVA.example/a", true},
		{"https://b%C3%BCcher.example/1", "https://xn--bcher-kva.example/a", true},
		{"https://bücher.example:443/1", "https://bücher.example/a", true},
		{"https://bücher.example./1", "https://xn--bcher-kva.example/a", true},
		{"https://[2001:DB8::1]:443/1", "https://[2001:db8::1]/a", true},
		{"https://my_host.example/1", "https://MY_host.example/a", true},
		{"https://bucher.example/1", "https://bücher.example/a", false},
		{"https://bücher.example:8443/1", "https://bücher.example/a", false},
		{"https://photos.example:80/1", "https://photos.example/a", false},
		{"https://photos.example.evil.example/1", "https://photos.example/a", false},
		{"https://photos.example@evil.example/1", "https://photos.example/a", false},
		{"https:///1", "https:///a", false},
	} {
		if got := offPlace(pair.uri, pair.author); (got == "") != pair.same {
			t.Errorf("%s by %s: %q", pair.uri, pair.author, got)
		}
	}
}

func TestIneligibleBoostsAndBareOnes(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	actor := fediverse.Actor{URI: "https://photos.example/users/alice"}
	for name, c := range map[string]struct {
		post   fediverse.Post
		boosts bool
		want   string
	}{
		"boost of anybody":           {fediverse.Post{URI: "https://notes.example/1", Boost: true, Visibility: fediverse.Public}, true, ""},
		"boost, not wanted":          {fediverse.Post{URI: "https://notes.example/1", Boost: true, Visibility: fediverse.Public}, false, boosted},
		"boost on a foreign host":    {fediverse.Post{URI: "https://evil.example/1", Author: "https://notes.example/bob", Boost: true, Visibility: fediverse.Public}, true, foreignHost},
		"boost of a private post":    {fediverse.Post{URI: "https://notes.example/1", Boost: true, Visibility: fediverse.Private}, true, notForAll},
		"boost of something unsafe":  {fediverse.Post{URI: "http://notes.example/1", Boost: true, Visibility: fediverse.Public}, true, unencrypted},
		"boost of nothing":           {fediverse.Post{URI: "", Boost: true, Visibility: fediverse.Public}, true, foreignHost},
		"bare":                       {fediverse.Post{URI: "https://photos.example/1", Bare: true}, false, ""},
		"bare, by the account":       {fediverse.Post{URI: "https://photos.example/1", Bare: true, Author: actor.URI}, false, ""},
		"bare, by somebody else":     {fediverse.Post{URI: "https://photos.example/1", Bare: true, Author: "https://photos.example/users/bob"}, false, foreignAuthor},
		"bare, on a foreign host":    {fediverse.Post{URI: "https://evil.example/1", Bare: true}, false, foreignHost},
		"bare, with somebody before": {fediverse.Post{URI: "https://photos.example@evil.example/1", Bare: true}, false, foreignHost},
	} {
		if got := ineligible(c.post, actor, c.boosts, now); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestRetryGapsGrow(t *testing.T) {
	for n := 2; n < maxAttempts; n++ {
		if retryGap(n) <= retryGap(n-1) {
			t.Errorf("the gap after %d tries is not longer than the one before", n)
		}
	}
	if retryGap(99) != retryGap(maxAttempts-1) || retryGap(0) != retryGap(1) {
		t.Error("gaps outside the list do not take the nearest one")
	}
}
