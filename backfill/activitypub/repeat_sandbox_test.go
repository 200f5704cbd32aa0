package activitypub_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill/activitypub"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/sandbox"
)

// facts are a memory that never expires.
type facts map[string]string

func (f facts) Recall(_ context.Context, server, name string) (string, error) {
	return f[server+" "+name], nil
}

func (f facts) Remember(_ context.Context, server, name, value string, _ time.Time) error {
	f[server+" "+name] = value
	return nil
}

// Mastodon answers 304 to signed requests, too. A later process needs one request for
// an account with nothing new, whichever signatures its server wants.
func TestNothingNewOnMastodon(t *testing.T) {
	for name, c := range map[string]struct {
		handle          string
		signed, rfc9421 bool
	}{
		"open":               {handle: "gallery@photos.example"},
		"signed":             {handle: "secret@closed.example", signed: true},
		"signed by RFC 9421": {handle: "secret@closed.example", signed: true, rfc9421: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := sandbox.Start(sandbox.Options{InMemory: true})
				if err != nil {
					t.Fatal(err)
				}
				a := s.Account(c.handle)
				a.Origin().SetRFC9421Only(c.rfc9421)
				known, tag := facts{}, ""
				for _, want := range []int64{0, 1, 2} {
					n := s.Network()
					o := fetch.Options{Lookup: n.LookupNetIP, Dial: n.DialContext, RootCAs: n.RootCAs(), Memory: known}
					if c.signed {
						o.Signer = instanceSigner(t, s, "")
					}
					client := fetch.New(o)
					l, err := activitypub.New(activitypub.Options{Client: client, Memory: known}).
						Open(t.Context(), fediverse.Account{Handle: a.Handle(), Username: a.Handle().User, URI: a.URI()})
					if err != nil {
						t.Fatal(err)
					}
					page, same, err := l.TopIfChanged(t.Context(), tag)
					if err != nil || same != (want > 0) {
						t.Errorf("same %v, error %v", same, err)
					}
					tag = page.Tag
					if want == 2 {
						if moved, err := l.Revalidate(t.Context()); moved || err != nil {
							t.Error(moved, err)
						}
					}
					if got := client.Requests(); want > 0 && got != want {
						t.Errorf("%d requests, want %d", got, want)
					}
					client.CloseIdleConnections()
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
