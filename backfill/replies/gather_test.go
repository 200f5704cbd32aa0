package replies

import (
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
)

func TestWhichRepliesAreLeftOut(t *testing.T) {
	clock := backfilltest.NewClock()
	var out backfill.Exclusions
	spam, err := fediverse.ParseServers("*.spam.example")
	if err != nil {
		t.Fatal(err)
	}
	out.AddServers(spam, backfill.Exclusion{By: "never"})
	out.AddAccount(fediverse.Handle{User: "troll", Domain: "chat.example"}, backfill.Exclusion{By: "never"})
	g := &gatherer{threads: &threads{session: &session{
		Shared: backfill.Shared{Home: "home.example", Clock: clock, Options: backfill.Options{Exclusions: out}},
	}}}
	whole := func(change func(*backfill.Reply)) backfill.Reply {
		r := backfill.Reply{Post: fediverse.Post{
			URI: "https://chat.example/1", Author: "https://chat.example/u", Visibility: fediverse.Unlisted, Published: clock.Now().Add(-time.Hour),
		}}
		change(&r)
		return r
	}
	bare := func(uri string) backfill.Reply { return backfill.Reply{Post: fediverse.Post{URI: uri, Bare: true}} }
	for name, c := range map[string]struct {
		reply backfill.Reply
		out   bool
	}{
		"a good one":            {whole(func(*backfill.Reply) {}), false},
		"only an address":       {bare("https://chat.example/1"), false},
		"at home":               {bare("https://home.example/users/you/statuses/1"), true},
		"in clear":              {bare("http://chat.example/1"), true},
		"a server left out":     {bare("https://www.spam.example/1"), true},
		"an author left out":    {whole(func(r *backfill.Reply) { r.Author = "https://chat.example/users/troll" }), true},
		"followers only":        {whole(func(r *backfill.Reply) { r.Visibility = fediverse.Private }), true},
		"direct":                {whole(func(r *backfill.Reply) { r.Visibility = fediverse.Direct }), true},
		"of somebody elsewhere": {whole(func(r *backfill.Reply) { r.Author = "https://evil.example/u" }), true},
		"of nobody":             {whole(func(r *backfill.Reply) { r.Author = "" }), true},
		"undated":               {whole(func(r *backfill.Reply) { r.Published = time.Time{} }), true},
		"of tomorrow":           {whole(func(r *backfill.Reply) { r.Published = clock.Now().Add(24 * time.Hour) }), true},
		"empty":                 {whole(func(r *backfill.Reply) { r.Empty = true }), true},
		"opted out":             {whole(func(r *backfill.Reply) { r.Profile = "<p>#nobackfill</p>" }), true},
	} {
		if why := g.leftOut(c.reply); (why != "") != c.out {
			t.Errorf("%s: %q", name, why)
		}
	}
}
