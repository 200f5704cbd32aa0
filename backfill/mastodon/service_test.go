package mastodon_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/service"
)

// openQueue takes everything, or answers with an error.
type openQueue struct {
	asked []service.Asking
	err   error
}

func (q *openQueue) Ask(_ context.Context, a service.Asking, _ service.Bounds) (service.Place, error) {
	if q.err == nil {
		q.asked = append(q.asked, a)
	}
	return service.Place{State: service.Waiting}, q.err
}

func (q *openQueue) Progress(context.Context, fediverse.Handle) (service.Progress, error) {
	return service.Progress{}, q.err
}

// beside serves the endpoint beside the sandbox's home, and returns our own client of
// it.
func beside(t *testing.T, box *sandbox.Sandbox, q service.Queue, token string) *mastodon.Server {
	t.Helper()
	moderated, err := home.Moderate(t.Context(), box.Home().Database(), sandbox.HomeDomain, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	owners, err := mastodon.NewTokenOwners(mastodon.Options{Server: sandbox.HomeDomain, Dial: box.Network().DialContext, RootCAs: box.Network().RootCAs()})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := service.NewTokens(owners, backfill.SystemClock{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(&service.Endpoint{Tokens: tokens, Accounts: moderated, Queue: q, Clock: backfill.SystemClock{}})
	client, err := mastodon.New(mastodon.Options{Server: web.URL, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		web.Close()
		owners.Close()
	})
	return client
}

// Our own client understands what our own service answers.
func TestClientOfTheService(t *testing.T) {
	box, gallery, _ := connect(t, mastodon.Options{})
	h := box.Home()
	account := func(name, domain string, p sandbox.Profile) *sandbox.Account {
		p.Username = name
		a := box.AddOrigin(domain).AddAccount(p)
		h.Know(a)
		return a
	}
	h.Follow(gallery)
	optedOut := account("shy", "shy.example", sandbox.Profile{Bio: "<p>#nobackfill</p>"})
	h.Follow(optedOut)
	stranger := account("ben", "words.example", sandbox.Profile{})
	suspended := account("bad", "bad.example", sandbox.Profile{})
	h.SuspendAccount(suspended)
	idOf := func(handle string) string {
		parsed, err := fediverse.ParseHandle(handle)
		if err != nil {
			t.Fatal(err)
		}
		a, err := h.Database().Known(t.Context(), parsed)
		if err != nil {
			t.Fatal(err)
		}
		return a.ID
	}
	q := &openQueue{}
	client := beside(t, box, q, sandbox.Token)
	for id, want := range map[string]backfill.Cause{
		idOf("gallery@photos.example"):    "",
		idOf("shy@shy.example"):           backfill.OptedOut,
		idOf(stranger.Handle().String()):  backfill.NotFollowed,
		idOf(suspended.Handle().String()): backfill.SuspendedByHome,
		idOf("you@" + sandbox.HomeDomain): backfill.Local,
		"1":                               backfill.NoAccount,
	} {
		err := client.Request(t.Context(), fediverse.Account{ID: id})
		var left *backfill.LeftAloneError
		if want == "" && err != nil || want != "" && (!errors.As(err, &left) || left.Cause != want || left.Message == "") {
			t.Errorf("%s: %v, want %q", id, err, want)
		}
	}
	if len(q.asked) != 1 || q.asked[0].Account.String() != "gallery@photos.example" || q.asked[0].By != idOf("you@"+sandbox.HomeDomain) {
		t.Errorf("%+v", q.asked)
	}
	gone := fediverse.Account{ID: idOf("gallery@photos.example")}
	for _, refusal := range []error{
		&service.TooSoonError{NextAllowed: time.Now().Add(2 * time.Hour)}, &service.FullError{}, &backfill.OutageError{RetryAt: time.Now().Add(2 * time.Hour)},
	} {
		q.err = refusal
		err := client.Request(t.Context(), gone)
		var notNow *backfill.NotNowError
		if !errors.As(err, &notNow) || time.Until(notNow.RetryAt) < 4*time.Minute {
			t.Errorf("%v: %v", refusal, err)
		}
	}
}

// A token that home does not like is no token for the service either.
func TestClientOfTheServiceWithoutRight(t *testing.T) {
	box, _, _ := connect(t, mastodon.Options{})
	box.Home().AddToken("narrow", "read:accounts read:search read:statuses")
	for token, notForThis := range map[string]bool{"unknown": false, "narrow": true} {
		err := beside(t, box, &openQueue{}, token).Request(t.Context(), fediverse.Account{ID: "1"})
		var unauthorized *backfill.UnauthorizedError
		if !errors.As(err, &unauthorized) || unauthorized.NotForThis != notForThis {
			t.Errorf("%s: %v", token, err)
		}
	}
}
