package backfill_test

import (
	"context"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// bareOrigin lists nothing but the ids of posts, as GoToSocial does.
type bareOrigin struct {
	*enginetest.Origin
	completed int
	whole     map[string]fediverse.Post
}

func newBareOrigin(o *enginetest.Origin) *bareOrigin {
	return &bareOrigin{Origin: o, whole: make(map[string]fediverse.Post)}
}

func (o *bareOrigin) Open(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	l, err := o.Origin.Open(ctx, a)
	return &bareListing{Listing: l, origin: o}, err
}

type bareListing struct {
	backfill.Listing
	origin *bareOrigin
}

func (l *bareListing) Page(ctx context.Context, cursor string) (backfill.Page, error) {
	page, err := l.Listing.Page(ctx, cursor)
	for i, p := range page.Posts {
		l.origin.whole[p.URI] = p
		page.Posts[i] = fediverse.Post{URI: p.URI, Author: p.Author, Visibility: p.Visibility, Bare: true}
	}
	return page, err
}

func (l *bareListing) ReadPost(_ context.Context, p fediverse.Post) (fediverse.Post, error) {
	l.origin.completed++
	return l.origin.whole[p.URI], nil
}

// With --since the walk ends at the older page, although the dates of its posts have
// to be learnt one by one; a later run already knows them.
func TestBarePostsSince(t *testing.T) {
	w := enginetest.NewWorld(t, 200)
	o := newBareOrigin(w.Origin)
	w.Engine.Origin = o
	w.Engine.Options.Since = w.Clock.Now().AddDate(0, 0, -25)
	if r := w.FillAlice(t); r.Imported != 25 {
		t.Errorf("imported %d, want 25", r.Imported)
	}
	if o.completed > 60 || o.PagesRead > 3 {
		t.Errorf("%d objects and %d pages were read for 25 posts on pages of %d", o.completed, o.PagesRead, enginetest.PageSize)
	}
	w.Clock.Step(2 * time.Hour)
	before := o.completed
	// It may look only at the page below the known ones.
	if r := w.FillAlice(t); r.Held != 25 || o.completed-before > enginetest.PageSize {
		t.Errorf("second run: %d held, %d objects read", r.Held, o.completed-before)
	}
}

// The ledger knows posts without their dates if no date mattered when they were listed.
// Those within the window are brought, and the walk still ends at its start.
func TestBarePostsSinceThatAreKnown(t *testing.T) {
	w := enginetest.NewWorld(t, 200)
	o := newBareOrigin(w.Origin)
	w.Engine.Origin = o
	w.Engine.Options.Limit = 90
	w.Home.OnImport = func(string, int) error { return &backfill.UnauthorizedError{Server: "home.example"} }
	if _, err := w.Run(t, enginetest.Alice); err == nil {
		t.Fatal("the first run has not failed")
	}
	known := o.PagesRead * enginetest.PageSize
	w.Home.OnImport = nil
	w.Clock.Step(2 * time.Hour)
	w.Engine.Options.Limit = 0
	w.Engine.Options.Since = w.Clock.Now().AddDate(0, 0, -65)
	if r := w.FillAlice(t); r.Imported != 64 {
		t.Errorf("imported %d of 64; %d posts were known, %d objects read", r.Imported, known, o.completed)
	}
	if o.completed > 64+2*enginetest.PageSize {
		t.Errorf("%d objects were read", o.completed)
	}
	// The ledger knows the dates now.
	w.Clock.Step(2 * time.Hour)
	before := o.completed
	if r := w.FillAlice(t); r.Held != 64 || o.completed-before > enginetest.PageSize {
		t.Errorf("third run: %d held, %d objects read", r.Held, o.completed-before)
	}
}
