package mastodon

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/limit"
)

func TestAccountAt(t *testing.T) {
	const searched = "GET /api/v2/search"
	ana := `{"id":"7","username":"Ana","acct":"ana@words.example","uri":"https://social.words.example/ap/users/1","url":"https://social.words.example/@Ana"}`
	bob := `{"id":"8","username":"bob","acct":"bob@other.example","uri":"https://other.example/users/bob","url":"https://other.example/@bob"}`
	for _, c := range []struct {
		name, address, accounts string
		want                    string // the handle, or a part of the error
	}{
		{"its actor", "https://social.words.example/ap/users/1", ana, "ana@words.example"},
		{"its profile", "https://social.words.example/@Ana", ana, "ana@words.example"},
		{"another page of it", "https://social.words.example/ana", ana, "ana@words.example"},
		{"among others", "https://social.words.example/ap/users/1", bob + "," + ana, "ana@words.example"},
		{"several others", "https://social.words.example/x", bob + "," + ana, "no such account"},
		{"none", "https://social.words.example/x", "", "no such account"},
		{"no account at all", "https://social.words.example/x", "null,7", "no such account"},
		{"somebody else's", "https://words.example/ana", bob, "it offers bob@other.example instead"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{searched: `{"accounts":[` + c.accounts + `]}`}))
			a, err := s.AccountAt(t.Context(), c.address, true)
			switch {
			case strings.Contains(c.want, "@") && err == nil:
				if a.Handle.String() != c.want || a.ID == "" {
					t.Errorf("%+v, want %s", a, c.want)
				}
			case !errors.Is(err, backfill.ErrNoAccount) || !strings.Contains(err.Error(), c.want):
				t.Errorf("%+v, %v, want %s", a, err, c.want)
			}
			got := w.requests()
			if len(got) != 1 || !strings.Contains(got[0], "resolve=true") || !strings.Contains(got[0], "type=accounts") || !strings.Contains(got[0], url.QueryEscape(c.address)) {
				t.Errorf("requests %q", got)
			}
		})
	}
}

func TestAccountAtFetchesNothingUnlessAllowed(t *testing.T) {
	s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{"GET /api/v2/search": `{"accounts":[]}`}))
	if _, err := s.AccountAt(t.Context(), "https://x.example/ana", false); !errors.Is(err, backfill.ErrNoAccount) {
		t.Error(err)
	}
	if got := w.requests(); len(got) != 1 || !strings.Contains(got[0], "resolve=false") {
		t.Errorf("requests %q", got)
	}
}
