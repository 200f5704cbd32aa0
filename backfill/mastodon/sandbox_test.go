package mastodon_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
)

// connect starts a sandbox with an empty home and an origin, and a Server for
// home. Both end with the test.
func connect(t *testing.T, o mastodon.Options) (*sandbox.Sandbox, *sandbox.Account, *mastodon.Server) {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{InMemory: true, Empty: true})
	if err != nil {
		t.Fatal(err)
	}
	o.Server, o.Dial, o.RootCAs = sandbox.HomeDomain, box.Network().DialContext, box.Network().RootCAs()
	if o.Token == "" {
		o.Token = sandbox.Token
	}
	s, err := mastodon.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), box.Close()); err != nil {
			t.Error(err)
		}
	})
	gallery := box.AddOrigin("photos.example").AddAccount(sandbox.Profile{Username: "gallery"})
	return box, gallery, s
}

// fill imports all posts of the account, two at a time, and checks what home holds
// after every tenth, as a backfill does.
func fill(t *testing.T, s *mastodon.Server, a fediverse.Account, posts []*sandbox.Post) {
	t.Helper()
	queue := make(chan *sandbox.Post)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for p := range queue {
				if _, err := s.Import(t.Context(), p.URI()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i, p := range posts {
		queue <- p
		if i%10 == 0 {
			if _, err := s.Held(t.Context(), a, time.Now().Add(-48*time.Hour), ""); err != nil {
				t.Error(err)
			}
		}
	}
	close(queue)
	wg.Wait()
}

func TestSandboxImportsWithinTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 2000
		box, gallery, s := connect(t, mastodon.Options{})
		home := box.Home()
		home.SetLimits(sandbox.MastodonLimits())
		home.SetLatency(300 * time.Millisecond)
		posts := gallery.Fill(n, time.Time{}, time.Hour)
		a, err := s.Account(t.Context(), gallery.Handle())
		if err != nil {
			t.Fatal(err)
		}
		// how many requests fell into each of home's windows
		windows := make(map[time.Time]int)
		var mu sync.Mutex
		home.SetFault(func(_ *http.Request, real http.Handler) http.Handler {
			mu.Lock()
			defer mu.Unlock()
			windows[time.Now().Truncate(5*time.Minute)]++
			return real
		})
		fill(t, s, a, posts)
		if got := len(home.Imports()); got != n {
			t.Errorf("%d posts were imported", got)
		}
		if got := home.Throttled(); got != 0 {
			t.Errorf("%d answers were 429", got)
		}
		times := make([]time.Time, 0, len(windows))
		for w := range windows {
			times = append(times, w)
		}
		slices.SortFunc(times, time.Time.Compare)
		for _, w := range times[1 : len(times)-1] {
			t.Logf("%s: %d requests", w.Format(time.TimeOnly), windows[w])
			if windows[w] < 285 {
				t.Errorf("%s: %d of 300 were used", w.Format(time.TimeOnly), windows[w])
			}
		}
	})
}

func TestSandboxAnotherProgramBurnsTheAllowance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 400
		var mu sync.Mutex
		told := 0
		box, gallery, s := connect(t, mastodon.Options{OnWait: func(time.Time, string) {
			mu.Lock()
			defer mu.Unlock()
			told++
		}})
		home := box.Home()
		home.SetLimits(sandbox.MastodonLimits())
		posts := gallery.Fill(n, time.Time{}, time.Hour)
		a, err := s.Account(t.Context(), gallery.Handle())
		if err != nil {
			t.Fatal(err)
		}
		// the other program uses up all that is left, three times
		requests, burnt := 0, 0
		home.SetFault(func(_ *http.Request, real http.Handler) http.Handler {
			mu.Lock()
			defer mu.Unlock()
			if requests++; requests%100 == 0 && burnt < 3 {
				burnt++
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					real.ServeHTTP(w, r)
					home.Spend(sandbox.Token, 300)
				})
			}
			return real
		})
		start := time.Now()
		fill(t, s, a, posts)
		if got := len(home.Imports()); got != n {
			t.Errorf("%d posts were imported", got)
		}
		if got := home.Throttled(); got < burnt || got > 2*burnt {
			t.Errorf("%d answers were 429, with two requests at a time", got)
		}
		if burnt != 3 || told < 3 {
			t.Errorf("burnt %d times, told of %d waits", burnt, told)
		}
		if d := time.Since(start); d < 15*time.Minute || d > 40*time.Minute {
			t.Errorf("it took %s", d)
		}
	})
}

func TestSandboxAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, gallery, s := connect(t, mastodon.Options{})
		home := box.Home()
		gallery.Fill(100, time.Time{}, 30*time.Hour)
		home.HoldNewest(gallery, 90)
		home.Follow(gallery)

		home.SetSoftware("mastodon", "4.2.1")
		id, err := s.Check(t.Context())
		if err != nil || id.Handle.String() != "you@"+sandbox.HomeDomain {
			t.Fatalf("%v, %v", id, err)
		}
		if sw, err := s.Software(t.Context()); err != nil || sw.Name != "mastodon" || !sw.MastodonBefore(4, 3) {
			t.Errorf("%v, %v", sw, err)
		}
		a, err := s.Known(t.Context(), gallery.Handle())
		if err != nil || a.Handle != gallery.Handle() || a.URI != gallery.URI() {
			t.Fatalf("%+v, %v", a, err)
		}
		if st, err := s.Standing(t.Context(), a); err != nil || st != (backfill.Standing{Following: true}) {
			t.Errorf("%+v, %v", st, err)
		}
		if n, more, err := s.HeldCount(t.Context(), a, 25); n != 90 || more || err != nil {
			t.Errorf("%d, %v, %v", n, more, err)
		}
		posts := gallery.Posts()
		page, err := s.Held(t.Context(), a, time.Now().Add(-80*30*time.Hour), "")
		if err != nil || len(page.Posts) > 15 || len(page.Posts) < 5 {
			t.Errorf("%d posts from a date on, %v", len(page.Posts), err)
		}
		if sample, err := s.Sample(t.Context(), a); err != nil || len(sample) != 80 {
			t.Errorf("%d, %v", len(sample), err)
		}
		if _, err := s.Import(t.Context(), posts[99].URI()); err != nil {
			t.Error(err)
		}
		if _, err := s.Import(t.Context(), "https://photos.example/nothing"); !errors.Is(err, backfill.ErrRefused) {
			t.Error(err)
		}
		if err := s.Request(t.Context(), a); !errors.Is(err, backfill.ErrNoEndpoint) {
			t.Error(err)
		}
		var followed []string
		for a, err := range s.Following(t.Context(), id) {
			followed = append(followed, fmt.Sprintf("%s %v", a.Handle, err))
		}
		if !slices.Equal(followed, []string{"gallery@photos.example <nil>"}) {
			t.Errorf("followed %q", followed)
		}
	})
}

func TestSandboxUnknownAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, gallery, s := connect(t, mastodon.Options{Rate: limit.Unlimited})
		ana := box.AddOrigin("words.example", sandbox.WebDomain("social.words.example"), sandbox.NumericIDs()).
			AddAccount(sandbox.Profile{Username: "ana"})
		if _, err := s.Known(t.Context(), gallery.Handle()); !errors.Is(err, backfill.ErrNoAccount) {
			t.Error(err)
		}
		for _, h := range []fediverse.Handle{ana.Handle(), {User: "ana", Domain: "social.words.example"}} {
			if a, err := s.Account(t.Context(), h); err != nil || a.Handle != ana.Handle() {
				t.Errorf("%s: %+v, %v", h, a, err)
			}
		}
		for _, h := range []fediverse.Handle{{User: "nobody", Domain: "photos.example"}, {User: "ana", Domain: "nowhere.example"}} {
			if a, err := s.Account(t.Context(), h); !errors.Is(err, backfill.ErrNoAccount) {
				t.Errorf("%s: %+v, %v", h, a, err)
			}
		}
		if a, err := s.Account(t.Context(), fediverse.Handle{User: "you", Domain: sandbox.HomeDomain}); err != nil || !a.Local {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

func TestSandboxTokens(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*sandbox.Home)
		scope   string
	}{
		"profile only": {func(h *sandbox.Home) { h.AddToken("t", "read"); h.SetScopes("t", "profile") }, "read:search"},
		"no follows": {func(h *sandbox.Home) {
			h.AddToken("t", "read")
			h.SetScopes("t", "read:search read:accounts read:statuses")
		}, "read:follows"},
		"no user": {func(h *sandbox.Home) { h.AddAppToken("t", "read") }, ""},
		"revoked": {func(h *sandbox.Home) { h.AddToken("t", "read"); h.RevokeToken("t") }, ""},
		"unknown": {func(*sandbox.Home) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box, _, s := connect(t, mastodon.Options{Token: "t", Rate: limit.Unlimited})
				c.prepare(box.Home())
				_, err := s.Check(t.Context())
				var unauthorized *backfill.UnauthorizedError
				if !errors.As(err, &unauthorized) || unauthorized.Scope != c.scope {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// A token may have fewer scopes than its application, whose scopes are all that
// Check can see. Then the first refusal names the scope.
func TestSandboxTokenWithFewerScopesThanItsApplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, gallery, s := connect(t, mastodon.Options{Token: "t", Rate: limit.Unlimited})
		box.Home().AddToken("t", "read:accounts")
		post := gallery.Fill(1, time.Time{}, time.Hour)[0]
		a, err := s.Account(t.Context(), gallery.Handle())
		if err != nil {
			t.Fatal(err)
		}
		_, standing := s.Standing(t.Context(), a)
		_, held := s.Held(t.Context(), a, time.Time{}, "")
		_, imported := s.Import(t.Context(), post.URI())
		for scope, err := range map[string]error{"read:follows": standing, "read:statuses": held, "read:search": imported} {
			var unauthorized *backfill.UnauthorizedError
			if !errors.As(err, &unauthorized) || unauthorized.Scope != scope {
				t.Errorf("%s: error %v", scope, err)
			}
		}
	})
}

func TestSandboxHomeGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, gallery, s := connect(t, mastodon.Options{Rate: limit.Unlimited})
		post := gallery.Fill(1, time.Time{}, time.Hour)[0]
		box.Home().GoAway()
		var away *backfill.UnavailableError
		if _, err := s.Import(t.Context(), post.URI()); !errors.As(err, &away) {
			t.Error(err)
		}
		box.Home().ComeBack()
		if _, err := s.Import(t.Context(), post.URI()); err != nil {
			t.Error(err)
		}
		box.Home().SetFault(fault.Always(fault.FailHTML(http.StatusGatewayTimeout)))
		if _, err := s.Import(t.Context(), post.URI()); !errors.Is(err, backfill.ErrUncertain) {
			t.Error(err)
		}
	})
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
