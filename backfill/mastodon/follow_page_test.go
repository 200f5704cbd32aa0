package mastodon

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"tootfill/backfill/limit"
)

func TestFollowPage(t *testing.T) {
	const gotosocial = `{"version":"0.19.1","source_url":"https://codeberg.org/superseriousbusiness/gotosocial","domain":"home.example"}`
	const list = `[{"id":"2","acct":"ana@words.example"},{"id":"3","acct":"local"},{"id":"4","acct":"no good@words.example"}]`
	link := func(relation, query string) string {
		return `<https://home.example/api/v1/accounts/1/following?` + query + `>; rel="` + relation + `"`
	}
	for _, c := range []struct {
		name, instance, link, list string
		after                      int64
		cursor                     string
		query                      string
		ordered, fails             bool
		newest                     int64
		next                       string
	}{
		{name: "Mastodon", instance: mastodonInstance, list: list, link: link("next", "max_id=7") + ", " + link("prev", "since_id=9"),
			query: "limit=80", ordered: true, newest: 9, next: "7"},
		{name: "since", instance: mastodonInstance, list: list, link: link("prev", "since_id=9"), after: 5, cursor: "12",
			query: "limit=80&max_id=12&since_id=5", ordered: true, newest: 9},
		{name: "nobody", instance: mastodonInstance, list: `[]`, after: 5, query: "limit=80&since_id=5", ordered: true},
		{name: "no ids", instance: mastodonInstance, list: list, query: "limit=80"},
		{name: "odd ids", instance: mastodonInstance, list: list, link: link("prev", "since_id=-9"), query: "limit=80"},
		{name: "GoToSocial", instance: gotosocial, list: list, link: link("next", "max_id=01H&limit=80") + ", " + link("prev", "min_id=01J"),
			query: "limit=80", next: "01H"},
		{name: "a circle", instance: gotosocial, list: list, link: link("next", "max_id=01H"), cursor: "01H", query: "limit=80&max_id=01H", fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/api/v2/instance":
					reply(w, 200, c.instance)
				case "/.well-known/nodeinfo":
					reply(w, 200, `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://home.example/nodeinfo/2.0"}]}`)
				case "/nodeinfo/2.0":
					reply(w, 200, `{"software":{"name":"gotosocial","version":"0.19.1"}}`)
				case "/api/v1/accounts/1/following":
					reply(w, 200, c.list, "Link", c.link)
				default:
					reply(w, 404, `{}`)
				}
			}))
			var warnings []string
			page, err := s.FollowPage(t.Context(), Identity{ID: "1"}, c.after, c.cursor, func(text string) { warnings = append(warnings, text) })
			if !slices.Contains(w.requests(), "GET /api/v1/accounts/1/following?"+c.query) {
				t.Errorf("requests %q", w.requests())
			}
			if c.fails {
				if err == nil {
					t.Errorf("%+v", page)
				}
				return
			}
			if err != nil || page.Ordered != c.ordered || page.Newest != c.newest || page.Next != c.next {
				t.Errorf("%+v, %v", page, err)
			}
			if c.list == list && (page.Entries != 3 || fmt.Sprint(page.Accounts[0].Handle) != "ana@words.example" || len(page.Accounts) != 1 || len(warnings) != 1) {
				t.Errorf("%+v, warnings %q", page, warnings)
			}
		})
	}
}
