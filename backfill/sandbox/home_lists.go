package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// list is a row of lists, with those of list_accounts that belong to it.
type list struct {
	id       int64
	title    string
	accounts []string // URIs
}

// listLists is lists_controller.rb.
func (h *Home) listLists(w http.ResponseWriter, r *http.Request) {
	if !h.authorizeUser(w, r, "read", "read:lists") {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	entities := []any{}
	for _, l := range h.lists {
		entities = append(entities, map[string]any{"id": formatID(l.id), "title": l.title, "replies_policy": "list", "exclusive": false})
	}
	answerOK(w, entities)
}

// listAccounts is lists/accounts_controller.rb: paged by the ids of the accounts,
// without suspended ones; limit=0 gives all on one page.
func (h *Home) listAccounts(w http.ResponseWriter, r *http.Request) {
	if !h.authorizeUser(w, r, "read", "read:lists") {
		return
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	h.mu.Lock()
	defer h.mu.Unlock()
	at := slices.IndexFunc(h.lists, func(l list) bool { return l.id == id })
	if err != nil || at < 0 {
		recordNotFound(w)
		return
	}
	var rows []*knownAccount
	for _, uri := range h.lists[at].accounts {
		if k := h.byURI[uri]; k != nil && !h.suspendedAccounts[uri] && !h.suspendsServer(k) {
			rows = append(rows, k)
		}
	}
	slices.SortFunc(rows, func(a, b *knownAccount) int {
		if a.ID > b.ID {
			return -1
		}
		return 1
	})
	q := r.URL.Query()
	limit, inBounds := limitParam(q, 40, 80), bounds(url.Values{"max_id": q["max_id"], "since_id": q["since_id"]})
	all := q.Get("limit") == "0"
	entities, ids := []any{}, []int64{}
	for _, k := range rows {
		if all || len(ids) < limit && inBounds(k.ID) {
			entities, ids = append(entities, h.accountEntity(k)), append(ids, k.ID)
		}
	}
	if !all {
		h.setPageLinks(w, r, ids, limit, []string{"limit"}, "since_id")
	}
	answerOK(w, entities)
}

// followRequests is follow_requests_controller.rb: paged by the ids of the requests,
// the newest one first, without suspended accounts.
func (h *Home) followRequests(w http.ResponseWriter, r *http.Request) {
	if !h.authorizeUser(w, r, "follow", "read", "read:follows") {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.followerPage(w, r, true)
}

// followerPage lists those who follow you, or ask to. With mu held.
func (h *Home) followerPage(w http.ResponseWriter, r *http.Request, pending bool) {
	q := r.URL.Query()
	limit, inBounds := limitParam(q, 40, 80), bounds(url.Values{"max_id": q["max_id"], "since_id": q["since_id"]})
	entities, ids := []any{}, []int64{}
	for i := len(h.followers) - 1; i >= 0 && len(ids) < limit; i-- {
		f := h.followers[i]
		k := h.byURI[f.account]
		if f.pending != pending || !inBounds(f.id) || k == nil || pending && h.suspendedAccounts[f.account] {
			continue
		}
		entities, ids = append(entities, h.accountEntity(k)), append(ids, f.id)
	}
	h.setPageLinks(w, r, ids, limit, []string{"limit"}, "since_id")
	answerOK(w, entities)
}

// followerURIs are the actors of those who follow you, or ask to. With mu held.
func (h *Home) followerURIs(pending bool) (uris []string) {
	for _, f := range h.followers {
		if f.pending == pending {
			uris = append(uris, f.account)
		}
	}
	return uris
}
