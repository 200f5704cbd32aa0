package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// statusFilters are the parameters that select statuses
// (account_statuses_filter.rb); Link headers keep them.
var statusFilters = [...]string{"limit", "pinned", "tagged", "only_media", "exclude_replies", "exclude_reblogs"}

// accountStatuses is accounts/statuses_controller.rb.
func (h *Home) accountStatuses(w http.ResponseWriter, r *http.Request) {
	t, ok := h.authorizeIfGot(w, r, "read", "read:statuses")
	if !ok {
		return
	}
	q := r.URL.Query()
	limit := limitParam(q, 20, 40)
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.pathAccount(w, r)
	if a == nil {
		return
	}
	viewer := t != nil && t.user
	page := h.statusPage(a, q, limit, viewer)
	list, ids := make([]any, 0, len(page)), make([]int64, 0, len(page))
	for _, s := range page {
		list, ids = append(list, h.statusEntity(s)), append(ids, s.ID)
	}
	h.setPageLinks(w, r, ids, limit, statusFilters[:], "min_id")
	answerOK(w, list)
}

// statusPage returns a page of what the viewer may see, newest first; with min_id,
// the page just above that id. With mu held.
func (h *Home) statusPage(a *knownAccount, q url.Values, limit int, viewer bool) []*status {
	if viewer && h.blockedBy[a.URI] || h.suspendedAccounts[a.URI] {
		return nil
	}
	inBounds, all := bounds(q), h.held[a.URI]
	wanted := func(s *status) bool {
		return inBounds(s.ID) && h.mayShow(s, viewer) && passes(s, q)
	}
	var page []*status
	if q.Get("min_id") != "" {
		for i := len(all) - 1; i >= 0 && len(page) < limit; i-- {
			if wanted(all[i]) {
				page = append(page, all[i])
			}
		}
		slices.Reverse(page)
		return page
	}
	for i := 0; i < len(all) && len(page) < limit; i++ {
		if wanted(all[i]) {
			page = append(page, all[i])
		}
	}
	return page
}

// mayShow is StatusPolicy#show? for you or for the public. With mu held.
func (h *Home) mayShow(s *status, viewer bool) bool {
	switch {
	case viewer && h.blockedBy[s.Account]:
		return false
	case s.Visibility <= Unlisted:
		return true
	case s.Visibility == Followers:
		return viewer && h.isFollowed(s.Account)
	default:
		return false // direct posts are not on profiles
	}
}

func passes(s *status, q url.Values) bool {
	switch {
	case truthy(q.Get("pinned")), truthy(q.Get("only_media")):
		return false
	case truthy(q.Get("exclude_reblogs")) && s.BoostOf != "":
		return false
	case truthy(q.Get("exclude_replies")) && s.InReplyTo != "" && !strings.HasPrefix(s.InReplyTo, s.Account+"/"):
		return false
	case q.Get("tagged") != "":
		return slices.ContainsFunc(s.Tags, func(t string) bool { return strings.EqualFold(t, q.Get("tagged")) })
	}
	return true
}
