package coverage_test

import (
	"errors"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/coverage"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// look has the world looked at, and returns the readings of accounts.
func look(t *testing.T, w *enginetest.World, handles ...fediverse.Handle) map[fediverse.Handle]coverage.Reading {
	t.Helper()
	readings := make(map[fediverse.Handle]coverage.Reading)
	engine := coverage.Look(w.Engine, func(r coverage.Reading) { readings[r.Result.Account] = r })
	err := engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) {
		for _, h := range handles {
			if !yield(backfill.Target{Handle: h}, nil) {
				return
			}
		}
	})
	if err != nil || len(readings) != len(handles) {
		t.Fatalf("%d readings, error %v", len(readings), err)
	}
	return readings
}

func wantTotal(t *testing.T, r coverage.Reading, want coverage.Counts) {
	t.Helper()
	if got := r.Total(); got != want || !r.Read || !r.Fresh {
		t.Errorf("got %+v, read %t, fresh %t (%s), want %+v", got, r.Read, r.Fresh, r.Result.Reason, want)
	}
}

// Of 45 posts, one a day up to 1 May, home holds the newest and refuses the next one.
func TestLook(t *testing.T) {
	w := enginetest.NewWorld(t, 45)
	w.Origin.Claims = 50
	w.Home.HeldPosts[enginetest.PostURI(enginetest.Alice, 44)] = w.Clock.Now().AddDate(0, 0, -1)
	bob := fediverse.Handle{User: "bob", Domain: "notes.example"}
	readings := look(t, w, enginetest.Alice, bob)
	wantTotal(t, readings[enginetest.Alice], coverage.Counts{Held: 1, Importable: 44, NotOffered: 5})
	wantTotal(t, readings[bob], coverage.Counts{Importable: 45, NotOffered: 5})
	alice := readings[enginetest.Alice]
	var months []string
	for _, m := range alice.Months {
		months = append(months, m.Start.Format("2006-01"))
	}
	if len(months) != 2 || months[0] != "2026-03" || months[1] != "2026-04" || alice.Months[1].Counts != (coverage.Counts{Held: 1, Importable: 29}) {
		t.Errorf("%v: %+v", months, alice.Months)
	}
	if !alice.Whole || !alice.ReadAt.Equal(w.Clock.Now()) || alice.Home != "home.example" || alice.Account != enginetest.Alice {
		t.Errorf("%+v", alice.Coverage)
	}
	if len(w.Home.AskedFor) != 0 {
		t.Errorf("home was asked to import %v", w.Home.AskedFor)
	}
	if r, err := w.Ledger.Record(t.Context(), enginetest.Alice); err != nil || r.Known {
		t.Errorf("the ledger knows of it: %+v, %v", r, err)
	}
}

// After a backfill both ways of telling agree, except for what home has lost since.
func TestLookAgreesWithTheLedger(t *testing.T) {
	w := enginetest.NewWorld(t, 30)
	w.Origin.Claims = 33
	w.Home.OnImport = func(uri string, _ int) error {
		switch uri {
		case enginetest.PostURI(enginetest.Alice, 29):
			return backfill.ErrRefused
		case enginetest.PostURI(enginetest.Alice, 28):
			return &backfill.AnswerError{Server: "home.example", Status: 422}
		}
		return nil
	}
	w.Engine.Options.Limit = 0
	w.FillAlice(t)
	want := coverage.Counts{Held: 28, Importable: 1, Refused: 1, NotOffered: 3}
	for _, after := range []time.Duration{0, 3 * time.Hour} { // posts rest, and then no longer
		w.Clock.Step(after)
		r, err := w.Ledger.Record(t.Context(), enginetest.Alice)
		if err != nil {
			t.Fatal(err)
		}
		known := r.Coverage(enginetest.Alice, "home.example", w.Clock.Now())
		if known.Total() != want || !known.Whole || known.Fresh {
			t.Errorf("the ledger: %+v of %+v, want %+v", known.Total(), known, want)
		}
		wantTotal(t, look(t, w, enginetest.Alice)[enginetest.Alice], want)
	}
	delete(w.Home.HeldPosts, enginetest.PostURI(enginetest.Alice, 3))
	want.Held, want.Importable = 27, 2
	wantTotal(t, look(t, w, enginetest.Alice)[enginetest.Alice], want)
}

// What is not read is not counted, and a listing that breaks off is no whole one.
func TestLookTellsWhatItHasRead(t *testing.T) {
	w := enginetest.NewWorld(t, 45)
	w.Origin.Summary = "I am #nobot"
	r := look(t, w, enginetest.Alice)[enginetest.Alice]
	if r.Read || r.Result.Cause != backfill.OptedOut || w.Origin.PagesRead != 0 {
		t.Errorf("an account that has opted out: %+v, %d pages read", r, w.Origin.PagesRead)
	}
	w.Origin.Summary = ""
	w.Origin.OnPage = func(cursor string) error {
		if cursor == "" {
			return nil
		}
		return &backfill.OriginError{Host: "photos.example", Cause: backfill.Forbidden, Err: errors.New("no")}
	}
	w.Origin.Claims = 45
	r = look(t, w, enginetest.Alice)[enginetest.Alice]
	wantTotal(t, r, coverage.Counts{Importable: 20})
	if r.Whole || r.Result.Status != backfill.Partial {
		t.Errorf("a listing that has broken off: %+v", r)
	}
	w.Origin.OnPage, w.Origin.ShortBecause = nil, backfill.Capped
	w.Origin.Claims = 1000
	wantTotal(t, look(t, w, enginetest.Alice)[enginetest.Alice], coverage.Counts{Importable: 45, NotOffered: 955})
}
