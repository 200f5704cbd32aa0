package sandbox

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

func parsed(t *testing.T, text string) fediverse.Handle {
	t.Helper()
	h, err := fediverse.ParseHandle(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestDatabaseAccounts(t *testing.T) {
	w := begin(t, Options{InMemory: true})
	d := w.Home().Database()
	for text, want := range map[string]string{
		"ana@words.example": "ana@words.example", "ana@social.words.example": "ana@words.example",
		"ben@notes.example": "ben@notes.example", "you@home.example": "you@home.example",
	} {
		a, err := d.Account(t.Context(), parsed(t, text))
		if err != nil || a.Handle.String() != want || a.ID == "" || a.Local != (want == "you@home.example") || a.Local != (a.URI == "") {
			t.Errorf("%s: %+v, %v", text, a, err)
		}
	}
	for _, text := range []string{"carl@photos.example", "nobody@notes.example", "you@notes.example", "ben@home.example"} {
		if a, err := d.Known(t.Context(), parsed(t, text)); !errors.Is(err, backfill.ErrNoAccount) {
			t.Errorf("%s: %+v, %v", text, a, err)
		}
	}
}

func TestDatabaseStanding(t *testing.T) {
	w := begin(t, Options{InMemory: true})
	h := w.Home()
	d := h.Database()
	h.SuspendDomain("notes.example")
	h.RejectMedia("words.example")
	h.Know(w.Account("carl@photos.example"))
	h.SuspendAccount(w.Account("carl@photos.example"))
	moderated, err := home.Moderate(t.Context(), d, HomeDomain, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]backfill.Standing{
		"gallery@photos.example": {Following: true},
		"carl@photos.example":    {Refusal: "home.example has suspended carl@photos.example"},
		"ana@words.example":      {Following: true, Remark: "home.example rejects media from words.example"},
		"locked@notes.example":   {Requested: true, Refusal: "home.example has suspended notes.example"},
		"quiet@notes.example":    {Following: true, Refusal: "home.example has suspended notes.example"},
	} {
		a, err := d.Known(t.Context(), parsed(t, text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := moderated.Standing(t.Context(), a)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if same, err := d.AccountWithID(t.Context(), a.ID); err != nil || same != a {
			t.Errorf("%s by its id: %+v, %v", text, same, err)
		}
		if mine, err := moderated.StandingOf(t.Context(), a, w.accountID("you")); err != nil || mine != want {
			t.Errorf("%s to you: %+v, %v", text, mine, err)
		}
		if other, err := moderated.StandingOf(t.Context(), a, "1"); err != nil || other.Following || other.Requested || other.Refusal != want.Refusal {
			t.Errorf("%s to another: %+v, %v", text, other, err)
		}
		followers, err := d.Followers(t.Context(), a)
		if err != nil || (len(followers) == 1) != want.Following {
			t.Errorf("followers of %s: %v, %v", text, followers, err)
		}
	}
	for _, id := range []string{"1", "x", ""} {
		if a, err := d.AccountWithID(t.Context(), id); !errors.Is(err, backfill.ErrNoAccount) {
			t.Errorf("account %q: %+v, %v", id, a, err)
		}
	}
	stranger := fediverse.Account{Handle: parsed(t, "new@deep.notes.example")}
	if got, err := moderated.Standing(t.Context(), stranger); err != nil || got.Refusal != "home.example has suspended notes.example" {
		t.Errorf("an unknown account: %+v, %v", got, err)
	}
	if _, err := d.Followers(t.Context(), fediverse.Account{ID: "01HXYZ"}); err == nil {
		t.Error("an id that is no number is taken")
	}
	var followed []string
	for a, err := range d.Followed(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		followed = append(followed, a.Handle.String())
	}
	slices.Sort(followed)
	// those of notes.example are suspended, and locked is not followed yet
	if want := []string{"ana@words.example", "gallery@photos.example", "secret@closed.example"}; !slices.Equal(followed, want) {
		t.Errorf("followed: %v", followed)
	}
	for a, err := range d.Followed(t.Context(), 1<<40) {
		t.Errorf("followed later: %+v, %v", a, err)
	}
}

func TestDatabasePosts(t *testing.T) {
	w := begin(t, Options{Empty: true, InMemory: true})
	h := w.Home()
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	a.Fill(3, time.Time{}, time.Hour)
	posts := a.Posts()
	h.Hold(posts[0], posts[1])
	h.Bury(posts[1].URI())
	uris := []string{posts[0].URI(), posts[1].URI(), posts[2].URI(), ""}
	d := h.Database()
	held, err := d.HeldURIs(t.Context(), uris)
	if err != nil || len(held) != 1 || !held[posts[0].URI()] {
		t.Errorf("held: %v, %v", held, err)
	}
	dead, err := d.Tombstones(t.Context(), uris)
	if err != nil || len(dead) != 1 || !dead[posts[1].URI()] {
		t.Errorf("deleted: %v, %v", dead, err)
	}
}

func TestDatabaseSettings(t *testing.T) {
	w := begin(t, Options{Empty: true, InMemory: true})
	d := w.Home().Database()
	if got, err := d.Retention(t.Context()); got != 0 || err != nil {
		t.Errorf("at first posts are kept for %s, %v", got, err)
	}
	w.Home().SetRetention(90 * 24 * time.Hour)
	if got, err := d.Retention(t.Context()); got != 90*24*time.Hour || err != nil {
		t.Errorf("posts are kept for %s, %v", got, err)
	}
	id, key, err := d.InstanceKey(t.Context())
	want, _, wrong := w.Home().InstanceKey()
	if id != want || key == nil || err != nil || wrong != nil {
		t.Errorf("key %s, %v, %v", id, err, wrong)
	}
}

// A query after its context has ended is an error, as with a real database.
func TestDatabaseCancelled(t *testing.T) {
	w := begin(t, Options{InMemory: true})
	d := w.Home().Database()
	a, err := d.Known(t.Context(), parsed(t, "ben@notes.example"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ask := range map[string]func() error{
		"held":       func() error { _, err := d.HeldURIs(ctx, nil); return err },
		"tombstones": func() error { _, err := d.Tombstones(ctx, nil); return err },
		"known":      func() error { _, err := d.Known(ctx, a.Handle); return err },
		"standing":   func() error { _, err := d.Standing(ctx, a); return err },
		"block":      func() error { _, err := d.DomainBlock(ctx, a.Handle.Domain); return err },
		"allowed":    func() error { _, err := d.DomainAllowed(ctx, a.Handle.Domain); return err },
		"suspended":  func() error { _, err := d.AccountBlock(ctx, a); return err },
		"followers":  func() error { _, err := d.Followers(ctx, a); return err },
		"retention":  func() error { _, err := d.Retention(ctx); return err },
		"key":        func() error { _, _, err := d.InstanceKey(ctx); return err },
		"followed": func() (found error) {
			for _, err := range d.Followed(ctx, 0) {
				found = err
			}
			return found
		},
	} {
		if err := ask(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
