package backfill_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// changing changes what an origin lists.
type changing struct {
	*enginetest.Origin
	change func(i int, p *fediverse.Post)
	group  bool
}

func (c changing) Open(_ context.Context, a fediverse.Account) (backfill.Listing, error) {
	return &changedListing{Listing: enginetest.Listing{Origin: c.Origin, Account: a}, by: c}, nil
}

type changedListing struct {
	enginetest.Listing
	by changing
}

func (l *changedListing) Actor() fediverse.Actor {
	a := l.Listing.Actor()
	a.Group = l.by.group
	return a
}

func (l *changedListing) Page(ctx context.Context, cursor string) (backfill.Page, error) {
	page, err := l.Listing.Page(ctx, cursor)
	for i := range page.Posts {
		l.by.change(i, &page.Posts[i])
	}
	return page, err
}

func TestWhyThereWasNothingToImport(t *testing.T) {
	boost := func(p *fediverse.Post) { p.Boost, p.Author = true, "" }
	for name, c := range map[string]struct {
		posts  int
		change func(i int, p *fediverse.Post)
		group  bool
		since  time.Duration
		reason string
		hint   backfill.HintKind
	}{
		"a community": {12, func(_ int, p *fediverse.Post) { boost(p) }, true, 0,
			"nothing to import: 12 boosts", backfill.ImportGroup},
		"only boosts": {12, func(_ int, p *fediverse.Post) { boost(p) }, false, 0,
			"nothing to import: 12 boosts", backfill.ImportBoosts},
		"two reasons": {20, func(i int, p *fediverse.Post) {
			if boost(p); i < 12 {
				p.Boost, p.Visibility = false, fediverse.Private
			}
		}, false, 0, "nothing to import: 12 not public, 8 boosts", ""},
		"many reasons": {10, func(i int, p *fediverse.Post) {
			switch {
			case i < 4:
				p.Visibility = fediverse.Direct
			case i < 7:
				p.Published = time.Time{}
			case i < 9:
				p.Published = p.Published.AddDate(9, 0, 0)
			default:
				boost(p)
			}
		}, false, 0, "nothing to import: 4 not public, 3 without a date, 2 dated in the future, 1 for other reasons", ""},
		"outside of the window": {10, func(int, *fediverse.Post) {}, false, time.Hour,
			"nothing to import: 10 outside the dates asked for", ""},
		"more pages": {45, func(_ int, p *fediverse.Post) { p.Visibility = fediverse.Private }, false, 0,
			"nothing to import: 45 not public", ""},
		"nothing listed": {0, nil, false, 0, "nothing to import", ""},
	} {
		w := enginetest.NewWorld(t, c.posts)
		w.Engine.Origin = changing{Origin: w.Origin, change: c.change, group: c.group}
		if c.since > 0 {
			w.Engine.Options.Since = w.Clock.Now().Add(-c.since)
		}
		if r := w.FillAlice(t); r.Status != backfill.Done || r.Reason != c.reason || r.Hint != (backfill.Hint{Kind: c.hint}) {
			t.Errorf("%s: %s, %q, %+v", name, r.Status, r.Reason, r.Hint)
		}
	}
}

// A listing that holds only the latest posts says both.
func TestWhyThereWasNothingInACappedListing(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Origin.ShortBecause = backfill.Capped
	w.Engine.Origin = changing{Origin: w.Origin, change: func(_ int, p *fediverse.Post) { p.Visibility = fediverse.Private }}
	if r := w.FillAlice(t); !strings.HasPrefix(r.Reason, "nothing to import: 5 not public; ") || !strings.Contains(r.Reason, "only the latest") {
		t.Errorf("%+v", r)
	}
}

// If something was imported, the line is about that.
func TestSkippedEntriesAreNoReasonWhereThereWasSomething(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Engine.Origin = changing{Origin: w.Origin, change: func(i int, p *fediverse.Post) {
		if i > 0 {
			p.Visibility = fediverse.Private
		}
	}}
	r := w.FillAlice(t)
	if r.Reason != "" || r.Imported != 1 || len(r.Skipped) != 1 || r.Skipped[0].Posts != 4 {
		t.Errorf("%+v", r)
	}
}
