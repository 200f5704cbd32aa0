package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// SetAPIClosed turns DISALLOW_UNAUTHENTICATED_API_ACCESS on or off: the REST API
// answers everybody with a 401, as nobody has a token for an origin. ActivityPub,
// WebFinger and nodeinfo stay open.
func (o *Origin) SetAPIClosed(closed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.apiClosed = closed
}

// restRoutes adds what Mastodon's REST API shows to everybody.
func (o *Origin) restRoutes() {
	o.publicAPI("GET /api/v1/accounts/lookup", o.open(o.restLookup))
	o.publicAPI("GET /api/v1/accounts/{id}", o.open(o.restAccount))
	o.publicAPI("GET /api/v1/accounts/{id}/statuses", o.open(o.restStatuses))
}

// open lets requests through unless the API is closed
// (api/base_controller.rb:57-59). It holds origin.mu while f runs.
func (o *Origin) open(f http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.apiClosed {
			apiError(w, http.StatusUnauthorized, "This method requires an authenticated user")
			return
		}
		f(w, r)
	}
}

// restLookup is accounts/lookup_controller.rb, for local accounts.
func (o *Origin) restLookup(w http.ResponseWriter, r *http.Request) {
	user, domain := splitAcct(r.URL.Query().Get("acct"))
	for _, a := range o.accounts {
		local := domain == "" || domain == o.handleDomain || domain == o.webDomain
		if local && strings.EqualFold(a.profile.Username, user) {
			answerOK(w, a.entity())
			return
		}
	}
	recordNotFound(w)
}

func (o *Origin) restAccount(w http.ResponseWriter, r *http.Request) {
	if a := o.byID(r.PathValue("id")); a != nil {
		answerOK(w, a.entity())
		return
	}
	recordNotFound(w)
}

func (o *Origin) byID(id string) *Account {
	for _, a := range o.accounts {
		if a.id == id {
			return a
		}
	}
	return nil
}

// restStatuses is accounts/statuses_controller.rb for a reader without a token:
// public and unlisted statuses, newest first.
func (o *Origin) restStatuses(w http.ResponseWriter, r *http.Request) {
	a := o.byID(r.PathValue("id"))
	if a == nil {
		recordNotFound(w)
		return
	}
	q := r.URL.Query()
	limit := limitParam(q, 20, 40)
	page := a.restPage(q, limit)
	list := make([]any, 0, len(page))
	for _, p := range page {
		list = append(list, p.entity())
	}
	if len(page) > 0 {
		o.setStatusLinks(w, r, page, limit)
	}
	answerOK(w, list)
}

// restPage is account_statuses_filter.rb and concerns/paginable.rb.
func (a *Account) restPage(q url.Values, limit int) []*Post {
	inBounds := bounds(q)
	wanted := func(p *Post) bool {
		return !a.suspended && p.note.Audience <= Unlisted && inBounds(p.id) && a.passes(p, q)
	}
	var page []*Post
	if q.Get("min_id") != "" {
		for i := 0; i < len(a.posts) && len(page) < limit; i++ {
			if wanted(a.posts[i]) {
				page = append(page, a.posts[i])
			}
		}
		slices.Reverse(page)
		return page
	}
	for i := len(a.posts) - 1; i >= 0 && len(page) < limit; i-- {
		if wanted(a.posts[i]) {
			page = append(page, a.posts[i])
		}
	}
	return page
}

func (a *Account) passes(p *Post, q url.Values) bool {
	switch {
	case truthy(q.Get("pinned")), truthy(q.Get("only_media")):
		return false
	case truthy(q.Get("exclude_reblogs")) && p.boostOf != "":
		return false
	case truthy(q.Get("exclude_replies")) && p.note.InReplyTo != "" && !strings.HasPrefix(p.note.InReplyTo, a.URI()+"/"):
		return false
	case q.Get("tagged") != "":
		return slices.ContainsFunc(p.note.Tags, func(t string) bool { return strings.EqualFold(t, q.Get("tagged")) })
	}
	return true
}

// setStatusLinks writes the Link header: next only after a full page.
func (o *Origin) setStatusLinks(w http.ResponseWriter, r *http.Request, page []*Post, limit int) {
	link := func(name string, p *Post) string {
		query := url.Values{name: {formatID(p.id)}}
		for _, k := range statusFilters {
			if v := r.URL.Query().Get(k); v != "" {
				query.Set(k, v)
			}
		}
		return o.link(r.URL.Path, query)
	}
	next := ""
	if len(page) == limit {
		next = link("max_id", page[len(page)-1])
	}
	setLink(w, next, link("min_id", page[0]))
}

// entity is REST::AccountSerializer. With origin.mu held.
func (a *Account) entity() map[string]any {
	entity := map[string]any{
		"id": a.id, "username": a.profile.Username, "acct": a.profile.Username, "display_name": a.profile.DisplayName,
		"locked": a.profile.Locked, "bot": false, "discoverable": !a.profile.Unlisted, "indexable": !a.profile.Unlisted, "group": false,
		"created_at": a.created.UTC().Truncate(24 * time.Hour).Format(timeMillis), "note": a.bio(), "url": a.URL(), "uri": a.URI(),
		"followers_count": a.profile.Followers, "following_count": 0, "statuses_count": a.count(), "last_status_at": a.lastStatus(),
		"hide_collections": nil, "noindex": false, "roles": []any{},
		"emojis": []any{}, "fields": fieldEntities(a.profile.Fields),
	}
	a.origin.addPictures(entity)
	a.origin.addNewer(entity, "denied")
	if a.suspended {
		entity["suspended"], entity["note"], entity["fields"] = true, "", []any{}
	}
	if to := a.movedTo; to != nil {
		entity["moved"] = map[string]any{"username": to.profile.Username, "acct": to.Handle().String(), "url": to.URL(), "uri": to.URI()}
	}
	return entity
}

func (a *Account) lastStatus() any {
	if len(a.posts) == 0 {
		return nil
	}
	return a.posts[len(a.posts)-1].note.Published.UTC().Format("2006-01-02")
}

// entity is REST::StatusSerializer. With origin.mu held.
func (p *Post) entity() map[string]any {
	n := p.note
	entity := map[string]any{
		"id": formatID(p.id), "created_at": n.Published.UTC().Format(timeMillis), "in_reply_to_id": nil, "sensitive": false,
		"spoiler_text": "", "visibility": n.Audience.String(), "language": "en", "uri": p.URI(), "url": p.URL(),
		"content": n.Content, "reblog": nil, "account": p.account.entity(), "media_attachments": []any{}, "mentions": []any{},
		"edited_at": nil, "tags": []any{}, "emojis": []any{}, "card": nil, "poll": nil,
	}
	if n.Undated {
		entity["created_at"] = nil // no Mastodon does; other software might
	}
	switch {
	case p.boosted != nil:
		entity["reblog"] = p.boosted.entity()
	case p.boostOf != "":
		author, _, _ := strings.Cut(p.boostOf, "/statuses/")
		entity["reblog"] = map[string]any{"uri": p.boostOf, "url": p.boostOf, "visibility": Everyone.String(),
			"created_at": n.Published.UTC().Format(timeMillis), "account": map[string]any{"uri": author}}
	}
	return entity
}
