package sandbox

import (
	"net/http"
	"net/url"
)

// following is accounts/following_accounts_controller.rb. Only your own list is
// known.
func (h *Home) following(w http.ResponseWriter, r *http.Request) {
	h.followPage(w, r, func(a *knownAccount, f follow) *knownAccount {
		if a != h.you {
			return nil
		}
		return h.byURI[f.account]
	})
}

// listFollowers is accounts/follower_accounts_controller.rb. It knows who follows you,
// and that you follow others.
func (h *Home) listFollowers(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("id") == formatID(h.you.ID) {
		if _, ok := h.authorizeIfGot(w, r, "read", "read:accounts"); ok {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.followerPage(w, r, false)
		}
		return
	}
	h.followPage(w, r, func(a *knownAccount, f follow) *knownAccount {
		if f.account != a.URI {
			return nil
		}
		return h.you
	})
}

// followPage lists the other side of an account's follows, newest follow first,
// paged by follow id.
func (h *Home) followPage(w http.ResponseWriter, r *http.Request, other func(a *knownAccount, f follow) *knownAccount) {
	if _, ok := h.authorizeIfGot(w, r, "read", "read:accounts"); !ok {
		return
	}
	q := r.URL.Query()
	limit := limitParam(q, 40, 80)
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.pathAccount(w, r)
	if a == nil {
		return
	}
	inBounds := bounds(url.Values{"max_id": q["max_id"], "since_id": q["since_id"]})
	list, ids := []any{}, []int64{}
	for i := len(h.follows) - 1; i >= 0 && len(list) < limit; i-- {
		f := h.follows[i]
		if f.pending || !inBounds(f.id) {
			continue
		}
		if o := other(a, f); o != nil {
			list, ids = append(list, h.accountEntity(o)), append(ids, f.id)
		}
	}
	h.setPageLinks(w, r, ids, limit, []string{"limit"}, "since_id")
	answerOK(w, list)
}

// setPageLinks writes the Link header for a page with these ids: next only if the
// page is full, prev only if it is not empty.
func (h *Home) setPageLinks(w http.ResponseWriter, r *http.Request, ids []int64, limit int, keep []string, prevName string) {
	if len(ids) == 0 {
		return
	}
	link := func(name string, id int64) string {
		query := url.Values{name: {formatID(id)}}
		for _, k := range keep {
			if v := r.URL.Query().Get(k); v != "" {
				query.Set(k, v)
			}
		}
		return h.link(r.URL.Path, query)
	}
	next := ""
	if len(ids) == limit {
		next = link("max_id", ids[len(ids)-1])
	}
	setLink(w, next, link(prevName, ids[0]))
}
