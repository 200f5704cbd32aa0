package backfill_test

import (
	"context"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// leaveOut excludes accounts and servers by name.
func leaveOut(t *testing.T, once bool, names ...string) (e backfill.Exclusions) {
	t.Helper()
	for _, name := range names {
		why := backfill.Exclusion{By: "the list", Once: once}
		if h, err := fediverse.ParseHandle(name); err == nil {
			e.AddAccount(h, why)
			continue
		}
		s, err := fediverse.ParseServers(name)
		if err != nil {
			t.Fatal(err)
		}
		e.AddServers(s, why)
	}
	return e
}

func TestNobodyIsAskedAboutAnExcludedAccount(t *testing.T) {
	for name, reason := range map[string]string{
		"alice@photos.example": "alice@photos.example is in the list",
		"photos.example":       "photos.example is in the list",
		"*.example":            "*.example is in the list",
	} {
		w := enginetest.NewWorld(t, 5)
		w.Engine.Options.Exclusions = leaveOut(t, false, name)
		result := w.FillAlice(t)
		if result.Status != backfill.Skipped || result.Cause != backfill.Excluded || result.Reason != reason {
			t.Errorf("%s: %+v", name, result)
		}
		if w.Home.AccountsAsked+w.Home.Requested+w.Origin.PagesRead != 0 {
			t.Errorf("%s: home or the origin was asked", name)
		}
	}
	w := enginetest.NewWorld(t, 5)
	w.Engine.Options.Exclusions = leaveOut(t, false, "alicia@photos.example", "*.photos.example.net", "hotos.example")
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 5, Imported: 5})
}

// onOtherHost is a home that knows accounts by actors on another host.
type onOtherHost struct{ *enginetest.Home }

func (h onOtherHost) Account(ctx context.Context, handle fediverse.Handle) (fediverse.Account, error) {
	a, err := h.Home.Account(ctx, handle)
	a.URI = "https://social.spam.example/users/" + handle.User
	return a, err
}

func TestAnAccountIsExcludedByItsHost(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Engine.Accounts = onOtherHost{w.Home}
	w.Engine.Options.Exclusions = leaveOut(t, false, "*.spam.example")
	result := w.FillAlice(t)
	if result.Status != backfill.Skipped || result.Cause != backfill.Excluded || w.Origin.PagesRead != 0 {
		t.Errorf("%+v, %d pages read", result, w.Origin.PagesRead)
	}
}

// A source may know the host already: then home is not asked either.
func TestAnAccountIsExcludedByTheHostThatItsSourceTells(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Engine.Options.Exclusions = leaveOut(t, false, "social.spam.example")
	account := fediverse.Account{ID: "1", Handle: enginetest.Alice, URI: "https://social.spam.example/users/alice"}
	err := w.Engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) {
		yield(backfill.Target{Handle: enginetest.Alice, Account: &account}, nil)
	})
	results := w.Listener.Results()
	if err != nil || len(results) != 1 || results[0].Cause != backfill.Excluded || w.Origin.PagesRead != 0 {
		t.Errorf("%+v, %v", results, err)
	}
}

// What home does not know, the origin's own actor tells.
func TestAnAccountIsExcludedByItsActor(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Engine.Accounts = withoutURI{w.Home}
	w.Engine.Origin = elsewhere{w.Origin}
	w.Engine.Options.Exclusions = leaveOut(t, false, "social.spam.example")
	result := w.FillAlice(t)
	if result.Status != backfill.Skipped || result.Cause != backfill.Excluded || w.Origin.PagesRead != 0 {
		t.Errorf("%+v, %d pages read", result, w.Origin.PagesRead)
	}
}

type withoutURI struct{ *enginetest.Home }

func (h withoutURI) Account(ctx context.Context, handle fediverse.Handle) (fediverse.Account, error) {
	a, err := h.Home.Account(ctx, handle)
	a.URI = ""
	return a, err
}

type elsewhere struct{ *enginetest.Origin }

func (o elsewhere) Open(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	l, err := o.Origin.Open(ctx, a)
	return actorElsewhere{l}, err
}

type actorElsewhere struct{ backfill.Listing }

func (l actorElsewhere) Actor() fediverse.Actor {
	a := l.Listing.Actor()
	a.URI = "https://social.spam.example/users/alice"
	return a
}

// An account that only this run leaves out is still to be resumed; one that the
// settings leave out is not.
func TestAnExcludedAccountStaysDeferredIfOnlyOneRunExcludesIt(t *testing.T) {
	for _, once := range []bool{true, false} {
		w := enginetest.NewWorld(t, 5)
		if err := w.Defer(t.Context(), backfill.Deferral{Account: enginetest.Alice, RetryAt: w.Clock.Now().Add(-time.Hour)}); err != nil {
			t.Fatal(err)
		}
		w.Engine.Options.Exclusions = leaveOut(t, once, "photos.example")
		w.FillAlice(t)
		due := 0
		for _, err := range w.Ledger.Due(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			due++
		}
		if stays := due == 1; stays != once {
			t.Errorf("once %t: stays deferred %t", once, stays)
		}
	}
}

// An outage of home does not defer what is left out.
func TestAnExcludedAccountIsNotPutOff(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Engine.Options.Exclusions = leaveOut(t, false, "photos.example")
	outage := &backfill.OutageError{Server: "home.example", RetryAt: w.Clock.Now().Add(time.Hour), Err: context.DeadlineExceeded}
	err := w.Engine.PutOff(t.Context(), outage, func(yield func(backfill.Target, error) bool) {
		yield(backfill.Target{Handle: enginetest.Alice}, nil)
	})
	if results := w.Listener.Results(); err != nil || len(results) != 1 || results[0].Cause != backfill.Excluded {
		t.Errorf("%+v, %v", results, err)
	}
}

// boosting is a listing with two boosts at its top.
type boosting struct{ *enginetest.Origin }

func (o boosting) Open(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	l, err := o.Origin.Open(ctx, a)
	return boostingList{l}, err
}

type boostingList struct{ backfill.Listing }

func (l boostingList) Page(ctx context.Context, cursor string) (backfill.Page, error) {
	p, err := l.Listing.Page(ctx, cursor)
	for _, uri := range []string{"https://good.example/posts/1", "https://sub.spam.example/posts/1"} {
		p.Posts = append(p.Posts, fediverse.Post{URI: uri, Boost: true, Visibility: fediverse.Public})
	}
	return p, err
}

func TestBoostsFromExcludedServersAreNotImported(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Engine.Origin = boosting{w.Origin}
	w.Engine.Options.Boosts = true
	w.Engine.Options.Exclusions = leaveOut(t, false, "*.spam.example")
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 6, Imported: 6})
	if w.Home.TimesAsked()["https://sub.spam.example/posts/1"] != 0 {
		t.Error("a boost from an excluded server was imported")
	}
}
