package mastodon

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

// oddValues are what some servers send where the API specifies another type.
var oddValues = []string{`null`, `""`, `0`, `1.5`, `true`, `"x"`, `[]`, `[1]`, `{}`, `{"a":[]}`, `"0000-00-00T00:00:00Z"`, `1e400`}

// unusedMembers are members of the API's entities that mean nothing to us or may be
// missing.
var unusedMembers = []string{"created_at", "verified_at", "locked", "bot", "followers_count", "last_status_at", "emojis",
	"fields", "source", "roles", "moved", "suspended", "display_name", "note", "avatar", "media_attachments", "card", "reblog", "quote"}

func TestOddMembersHideNoAccount(t *testing.T) {
	const following = "GET /api/v1/accounts/1/following"
	for _, member := range unusedMembers {
		for _, odd := range append(oddValues, `[{"name":"web","value":"x","verified_at":""}]`, `{"acct":7}`) {
			account := fmt.Sprintf(`{"id":"2","username":"ana","acct":"ana@words.example",%q:%s}`, member, odd)
			s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{
				lookup: account, search: "[" + account + "]", following: "[" + account + `,{"id":"3","acct":"ben@notes.example"}]`,
				verify: account, apps: `{"scopes":["read"],"website":7}`,
			}))
			h := fediverse.Handle{User: "ana", Domain: "words.example"}
			for name, find := range map[string]func() (fediverse.Handle, error){
				"lookup": func() (fediverse.Handle, error) { a, err := s.Known(t.Context(), h); return a.Handle, err },
				"verify": func() (fediverse.Handle, error) { id, err := s.Check(t.Context()); return id.Handle, err },
				"search": func() (fediverse.Handle, error) {
					e, err := s.resolve(t.Context(), h, h.User)
					if err != nil {
						return fediverse.Handle{}, err
					}
					a, err := s.account(t.Context(), e)
					return a.Handle, err
				},
			} {
				if got, err := find(); err != nil || got != h {
					t.Errorf("%s of %s: %s, %v", name, account, got, err)
				}
			}
			n := 0
			for _, err := range s.Following(t.Context(), Identity{ID: "1"}) {
				if n++; err != nil {
					t.Errorf("following with %s: %v", account, err)
				}
			}
			if n != 2 {
				t.Errorf("following with %s: %d accounts", account, n)
			}
		}
	}
}

// TestAFollowThatCannotBeReadIsLeftOut: the list continues after it.
func TestAFollowThatCannotBeReadIsLeftOut(t *testing.T) {
	for _, odd := range append(oddValues, `{"id":"2"}`, `{"acct":"ana@words.example"}`, `{"id":"2","acct":[]}`, `{"id":"2","acct":"no good@x"}`) {
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{
			"GET /api/v1/accounts/1/following": "[" + odd + `,{"id":3,"acct":"ben@notes.example"}]`}))
		var got []string
		for a, err := range s.Following(t.Context(), Identity{ID: "1"}) {
			if err == nil {
				got = append(got, a.ID+" "+a.Handle.String())
			}
		}
		if len(got) != 1 || got[0] != "3 ben@notes.example" {
			t.Errorf("after %s: %q", odd, got)
		}
	}
}

func TestOddMembersOfPosts(t *testing.T) {
	for _, odd := range oddValues {
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{
			"GET /api/v1/accounts/7/statuses": `[` + odd + `,{"uri":"u1","created_at":` + odd + `,"account":{"id":7,"fields":` + odd + `}},
				{"uri":"u2","created_at":"2026-01-01T00:00:00.000Z","account":{"id":"7"},"card":` + odd + `,"edited_at":` + odd + `}]`,
			"GET /api/v2/search": `{"accounts":` + odd + `,"statuses":[{"uri":"u","created_at":` + odd + `,"account":` + odd + `}]}`,
		}))
		page, err := s.Held(t.Context(), fediverse.Account{ID: "7"}, time.Time{}, "")
		if err != nil || len(page.Posts) != 2 || !page.Posts[0].CreatedAt.IsZero() || page.Posts[1].CreatedAt.IsZero() {
			t.Errorf("%s: %v, %v", odd, page, err)
		}
		if _, err := s.Import(t.Context(), "u"); err != nil {
			t.Errorf("importing with %s: %v", odd, err)
		}
	}
}

func TestOddMembersOfARelationship(t *testing.T) {
	for _, odd := range oddValues {
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{
			"GET /api/v1/accounts/relationships": `[` + odd + `,{"id":7,"following":true,"requested":null,"languages":` + odd + `,"note":` + odd + `}]`}))
		got, err := s.Standing(t.Context(), fediverse.Account{ID: "7"})
		if err != nil || got != (backfill.Standing{Following: true}) {
			t.Errorf("%s: %+v, %v", odd, got, err)
		}
	}
}

func TestOddMembersOfTheInstance(t *testing.T) {
	for _, odd := range oddValues {
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{
			"GET /api/v2/instance":        `{"version":4.5,"domain":"home.example","source_url":` + odd + `,"contact":` + odd + `}`,
			"GET /.well-known/nodeinfo":   `{"links":[` + odd + `,{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://home.example/n"}]}`,
			"GET /n":                      `{"version":` + odd + `,"software":{"name":"mastodon","version":4.5},"metadata":` + odd + `}`,
			apps:                          `{"scopes":` + odd + `}`,
			"GET /api/v1/accounts/lookup": `{"id":"9","acct":"you"}`,
		}))
		if sw, err := s.Software(t.Context()); err != nil || sw != (fediverse.Software{Name: "mastodon", Version: "4.5"}) {
			t.Errorf("%s: %v, %v", odd, sw, err)
		}
		if err := s.checkScopes(t.Context()); err != nil {
			t.Errorf("scopes %s: %v", odd, err)
		}
		if a, err := s.Known(t.Context(), fediverse.Handle{User: "you", Domain: "home.example"}); err != nil || a.Handle.Domain != "home.example" {
			t.Errorf("%s: %v, %v", odd, a, err)
		}
	}
}

// FuzzEntities: any answer of valid JSON is read, whatever the types of its members;
// only what is not an object is not an account.
func FuzzEntities(f *testing.F) {
	f.Add(`{"id":"2","acct":"ana@words.example","moved":[],"fields":[{"verified_at":""}]}`)
	f.Add(`{"id":2,"acct":7,"uri":{},"created_at":"0000-00-00T00:00:00Z","account":[],"reblog":false}`)
	f.Fuzz(func(t *testing.T, body string) {
		if !json.Valid([]byte(body)) || !strings.HasPrefix(strings.TrimSpace(body), "{") {
			t.Skip()
		}
		var a accountEntity
		var st statusEntity
		var r relationshipEntity
		var i instance
		for _, out := range []any{&a, &st, &r, &i} {
			if err := json.Unmarshal([]byte(body), out); err != nil {
				t.Errorf("%T of %s: %v", out, body, err)
			}
		}
		if !st.CreatedAt.IsZero() && st.CreatedAt.Year() < 1969 {
			t.Errorf("the date %s", st.CreatedAt)
		}
	})
}
