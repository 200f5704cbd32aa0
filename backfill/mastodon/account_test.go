package mastodon

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

const (
	lookup = "GET /api/v1/accounts/lookup"
	search = "GET /api/v1/accounts/search"
)

func TestAccount(t *testing.T) {
	ana := `{"id":"7","username":"Ana","acct":"Ana@Words.example","display_name":"Ana ☕","note":"<p>hi</p>",
		"uri":"https://social.words.example/ap/users/1","url":"https://social.words.example/@Ana"}`
	for _, c := range []struct {
		name, ask string
		bodies    map[string]string
		want      string // the handle; empty for ErrNoAccount
		local     bool
		movedTo   string
		requests  int // two of them for what home says about an account that is not found
	}{
		{name: "known", ask: "ana@words.example", bodies: map[string]string{lookup: ana}, want: "ana@words.example", requests: 1},
		{name: "fetched", ask: "ana@words.example", bodies: map[string]string{search: "[" + ana + "]"}, want: "ana@words.example", requests: 2},
		{name: "by its host", ask: "ana@social.words.example", bodies: map[string]string{search: "[" + ana + "]"}, want: "ana@words.example", requests: 2},
		{name: "among others", ask: "ana@words.example",
			bodies: map[string]string{search: `[{"id":"1","username":"ana","acct":"ana@words.example.net"},` + ana + `]`}, want: "ana@words.example", requests: 2},
		{name: "only others", ask: "ana@words.example",
			bodies: map[string]string{search: `[{"id":"1","username":"ana","acct":"ana@words.example.net","url":"https://words.example.net/@ana"}]`}, requests: 2},
		{name: "several others", ask: "ana@social.words.example",
			bodies: map[string]string{search: `[{"id":"1","username":"ana","acct":"ana@x.example"},` + ana + `]`}, requests: 4},
		{name: "null", ask: "ana@words.example", bodies: map[string]string{search: "[null]"}, requests: 4},
		{name: "unknown", ask: "ana@words.example", bodies: map[string]string{search: "[]"}, requests: 4},
		{name: "IDN", ask: "bob@xn--bcher-kva.example", bodies: map[string]string{search: `[{"id":"3","username":"bob","acct":"bob@bücher.example"}]`},
			want: "bob@xn--bcher-kva.example", requests: 2},
		{name: "moved", ask: "old@words.example",
			bodies: map[string]string{lookup: `{"id":"8","username":"old","acct":"old@words.example","moved":` + ana + `}`},
			want:   "old@words.example", movedTo: "ana@words.example", requests: 1},
		{name: "local", ask: "you@web.home.example", local: true,
			bodies: map[string]string{lookup: `{"id":"9","username":"you","acct":"you"}`, "GET /api/v2/instance": `{"domain":"Home.example"}`},
			want:   "you@home.example", requests: 2},
		{name: "local at an older server", ask: "you@home.example", local: true,
			bodies: map[string]string{lookup: `{"id":"9","username":"you","acct":"you"}`, "GET /api/v1/instance": `{"uri":"https://home.example"}`},
			want:   "you@home.example", requests: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(c.bodies))
			h, err := fediverse.ParseHandle(c.ask)
			if err != nil {
				t.Fatal(err)
			}
			a, err := s.Account(t.Context(), h)
			if c.want == "" {
				if !errors.Is(err, backfill.ErrNoAccount) {
					t.Errorf("%v, %v", a, err)
				}
			} else if err != nil || a.Handle.String() != c.want || a.Local != c.local || a.ID == "" {
				t.Errorf("%+v, %v", a, err)
			}
			if c.movedTo != "" && a.MovedTo.String() != c.movedTo {
				t.Errorf("moved to %s", a.MovedTo)
			}
			if got := w.requests(); len(got) != c.requests {
				t.Errorf("requests %q", got)
			}
		})
	}
}

// TestLimitedFederation: home itself says that it accepts only a few servers.
func TestLimitedFederation(t *testing.T) {
	for answer, want := range map[string]string{
		`{"domain":"home.example","configuration":{"limited_federation":true}}`:  "home.example federates only with servers that its admins have allowed",
		`{"domain":"home.example","configuration":{"limited_federation":false}}`: "",
		`{"domain":"home.example","configuration":[]}`:                           "",
	} {
		s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{search: "[]", "GET /api/v2/instance": answer}))
		for range 2 {
			_, err := s.Account(t.Context(), fediverse.Handle{User: "ana", Domain: "words.example"})
			var hinted *backfill.Hinted
			if !errors.Is(err, backfill.ErrNoAccount) || errors.As(err, &hinted) != (want != "") || want != "" && !strings.HasPrefix(hinted.Hint.About, want) {
				t.Errorf("%s: %v (%+v)", answer, err, hinted)
			}
		}
		if n := len(w.requests()); n != 5 { // it is asked once
			t.Errorf("%s: requests %q", answer, w.requests())
		}
	}
}

func TestAccountFields(t *testing.T) {
	s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{
		lookup: `{"id":7,"username":"Ana","acct":"Ana@words.example","display_name":"A","note":"N","uri":"U","url":"L"}`}))
	a, err := s.Account(t.Context(), fediverse.Handle{User: "ana", Domain: "words.example"})
	want := fediverse.Account{ID: "7", Handle: fediverse.Handle{User: "ana", Domain: "words.example"},
		Username: "Ana", URI: "U", URL: "L", DisplayName: "A", Note: "N"}
	if err != nil || a != want {
		t.Errorf("%+v, %v", a, err)
	}
	if got := w.requests(); got[0] != lookup+"?acct=ana%40words.example" {
		t.Errorf("requests %q", got)
	}
}

// TestAccountSpelled: home asks the account's own server with the spelling as typed,
// because that server may be case-sensitive.
func TestAccountSpelled(t *testing.T) {
	ana := `[{"id":"7","username":"Ana","acct":"Ana@words.example"}]`
	s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{search: ana}))
	h := fediverse.Handle{User: "ana", Domain: "words.example"}
	a, err := s.AccountSpelled(t.Context(), h, "Ana")
	if err != nil || a.Handle != h || a.Username != "Ana" {
		t.Errorf("%+v, %v", a, err)
	}
	if got := w.requests(); len(got) != 2 || got[1] != search+"?limit=5&q=%40Ana%40words.example&resolve=true" {
		t.Errorf("requests %q", got)
	}
}

func TestKnownDoesNotResolve(t *testing.T) {
	s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(nil))
	_, err := s.Known(t.Context(), fediverse.Handle{User: "ana", Domain: "words.example"})
	if !errors.Is(err, backfill.ErrNoAccount) || len(w.requests()) != 1 {
		t.Errorf("%v after %q", err, w.requests())
	}
}

func TestAccountOfAnAppToken(t *testing.T) {
	s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "lookup") {
			reply(w, 404, `{"error":"Record not found"}`)
			return
		}
		reply(w, 422, `{"error":"This method requires an authenticated user"}`)
	}))
	_, err := s.Account(t.Context(), fediverse.Handle{User: "ana", Domain: "words.example"})
	var unauthorized *backfill.UnauthorizedError
	if !errors.As(err, &unauthorized) {
		t.Errorf("error %v", err)
	}
}

func TestStanding(t *testing.T) {
	a := fediverse.Account{ID: "7"}
	s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{
		"GET /api/v1/accounts/relationships": `[{"id":"6","following":true},{"id":"7","requested":true,"blocked_by":true,"domain_blocking":true}]`}))
	got, err := s.Standing(t.Context(), a)
	if want := (backfill.Standing{Requested: true, BlockedBy: true, DomainBlocking: true}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if got := w.requests(); got[0] != "GET /api/v1/accounts/relationships?id%5B%5D=7" {
		t.Errorf("requests %q", got)
	}
	s, w = newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{
		lookup: `{"id":"7","username":"ana","acct":"ana@words.example","suspended":true}`, "GET /api/v1/accounts/relationships": `[]`}))
	suspended, err := s.Known(t.Context(), fediverse.Handle{User: "ana", Domain: "words.example"})
	if err != nil || !suspended.SuspendedByHome {
		t.Errorf("%+v, %v", suspended, err)
	}
	got, err = s.Standing(t.Context(), suspended)
	if err != nil || got.Refusal != "home.example has suspended ana@words.example" || got.Cause != backfill.SuspendedByHome || len(w.requests()) != 1 {
		t.Errorf("%+v, %v after %q", got, err, w.requests())
	}
	s, _ = newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{"GET /api/v1/accounts/relationships": `[]`}))
	if got, err := s.Standing(t.Context(), a); err == nil {
		t.Errorf("%+v without an answer", got)
	}
}

func TestStandingsOfManyTakeOneRequest(t *testing.T) {
	s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{
		"GET /api/v1/accounts/relationships": `[{"id":"7","requested":true},7,{"id":"8","following":true}]`}))
	got, err := s.Standings(t.Context(), []string{"7", "8", "9"})
	want := map[string]backfill.Standing{"7": {Requested: true}, "8": {Following: true}}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if got := w.requests(); len(got) != 1 || got[0] != "GET /api/v1/accounts/relationships?id%5B%5D=7&id%5B%5D=8&id%5B%5D=9" {
		t.Errorf("requests %q", got)
	}
}

func TestFollowing(t *testing.T) {
	const path = "/api/v1/accounts/1/following"
	pages := map[string]string{
		"":  `[{"id":"2","acct":"ana@words.example"},{"id":"3","acct":"local"}]`,
		"5": `[{"id":"4","acct":"no good@words.example"},{"id":"5","acct":"Ben@notes.example"}]`,
		"4": `[]`,
	}
	next := map[string]string{"": "5", "5": "4", "4": ""}
	s, w := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("max_id")
		if r.URL.Path != path || r.URL.Query().Get("limit") != "80" {
			t.Errorf("request %s", r.URL)
		}
		link := `<https://other.example` + path + `?since_id=9>; rel="prev"`
		if n := next[id]; n != "" {
			link = `<https://other.example` + path + `?` + url.Values{"max_id": {n}, "limit": {"80"}}.Encode() + `>; rel="next", ` + link
		}
		reply(w, 200, pages[id], "Link", link)
	}))
	var got []string
	bad := 0
	for a, err := range s.Following(t.Context(), Identity{ID: "1"}) {
		var malformed *UnreadableAccountError
		switch {
		case errors.As(err, &malformed):
			bad++
		case err != nil:
			t.Fatal(err)
		default:
			got = append(got, a.Handle.String())
		}
	}
	if want := []string{"ana@words.example", "ben@notes.example"}; !slices.Equal(got, want) || bad != 1 {
		t.Errorf("%q and %d errors", got, bad)
	}
	if n := len(w.requests()); n != 3 {
		t.Errorf("requests %q", w.requests())
	}
}

func TestFollowingEnds(t *testing.T) {
	s, w := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, `[{"id":"2","acct":"ana@words.example"}]`, "Link", `<https://home.example/x?max_id=5>; rel="next"`)
	}))
	var last error
	for _, err := range s.Following(t.Context(), Identity{ID: "1"}) {
		last = err
	}
	if last == nil || len(w.requests()) != 2 {
		t.Errorf("%v after %q", last, w.requests())
	}
	for range s.Following(t.Context(), Identity{ID: "1"}) {
		break
	}
	if n := len(w.requests()); n != 3 {
		t.Errorf("%d requests after a break", n)
	}
}
