package sandbox

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// lookup is accounts/lookup_controller.rb: it never resolves.
func (h *Home) lookup(w http.ResponseWriter, r *http.Request) {
	if _, ok := h.authorizeIfGot(w, r, "read", "read:accounts"); !ok {
		return
	}
	user, domain := splitAcct(r.URL.Query().Get("acct"))
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.accountByHandle(user, domain)
	if a == nil || h.refuses(a.Domain) {
		recordNotFound(w)
		return
	}
	answerOK(w, h.accountEntity(a))
}

func splitAcct(acct string) (user, domain string) {
	user, domain, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(acct), "@"), "@")
	return user, strings.ToLower(domain)
}

func (h *Home) showAccount(w http.ResponseWriter, r *http.Request) {
	if _, ok := h.authorizeIfGot(w, r, "read", "read:accounts"); !ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := h.pathAccount(w, r); a != nil {
		answerOK(w, h.accountEntity(a))
	}
}

// pathAccount returns the account named in the path. If there is none, it answers
// 404 and returns nil. With mu held.
func (h *Home) pathAccount(w http.ResponseWriter, r *http.Request) *knownAccount {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	a := h.accountByID(id)
	if err != nil || a == nil {
		recordNotFound(w)
		return nil
	}
	return a
}

// accountSearch is accounts/search_controller.rb. If resolving fails, the answer
// is empty.
func (h *Home) accountSearch(w http.ResponseWriter, r *http.Request) {
	if !h.authorizeUser(w, r, "read", "read:accounts") {
		return
	}
	q := r.URL.Query()
	if strings.TrimSpace(q.Get("q")) == "" {
		answerOK(w, []any{})
		return
	}
	found := h.searchAccounts(r.Context(), q.Get("q"), truthy(q.Get("resolve")))
	answerOK(w, firstN(found, limitParam(q, 40, 80)))
}

// searchAccounts is account_search_service.rb: the exact account first, then
// similar ones.
func (h *Home) searchAccounts(ctx context.Context, query string, resolve bool) []any {
	user, domain := splitAcct(query)
	var exact *knownAccount
	switch {
	case resolve && strings.Contains(query, "://"):
		exact, _ = h.resolveURL(ctx, query)
	case resolve && domain != "" && domain != HomeDomain:
		exact = h.resolveAccount(ctx, user, domain)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if exact == nil {
		exact = h.accountByHandle(user, domain)
	}
	found := []any{}
	if exact != nil && !h.refuses(exact.Domain) {
		found = append(found, h.accountEntity(exact))
	}
	for _, a := range h.accounts {
		if a != exact && hasPrefixFold(a.Username, user) && hasPrefixFold(a.Domain, domain) {
			found = append(found, h.accountEntity(a))
		}
	}
	return found
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func firstN(list []any, n int) []any { return list[:min(n, len(list))] }

// limitParam is limit_param of api/base_controller.rb.
func limitParam(q url.Values, byDefault, most int) int {
	if q.Get("limit") == "" {
		return byDefault
	}
	n, err := strconv.Atoi(q.Get("limit"))
	if err != nil {
		n = 0 // like Ruby's to_i
	}
	if n < 0 {
		n = -n
	}
	return min(n, most)
}

// relationships is accounts/relationships_controller.rb. It leaves out unknown ids
// and accounts that home has suspended.
func (h *Home) relationships(w http.ResponseWriter, r *http.Request) {
	if !h.authorizeUser(w, r, "read", "read:follows") {
		return
	}
	q := r.URL.Query()
	ids := append(q["id[]"], q["id"]...)
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []any{}
	for _, a := range h.accounts {
		if slices.Contains(ids, formatID(a.ID)) && !h.suspendedAccounts[a.URI] {
			list = append(list, h.relationship(a))
		}
	}
	answerOK(w, list)
}

func (h *Home) relationship(a *knownAccount) map[string]any {
	f, ok := h.followOf(a.URI)
	follows := slices.Contains(h.followerURIs(false), a.URI)
	asks := slices.Contains(h.followerURIs(true), a.URI)
	entity := map[string]any{
		"id": formatID(a.ID), "following": ok && !f.pending, "requested": ok && f.pending,
		"showing_reblogs": ok && !f.pending, "notifying": false, "languages": nil, "followed_by": follows,
		"blocking": false, "blocked_by": h.blockedBy[a.URI], "muting": false, "muting_notifications": false,
		"requested_by": asks, "domain_blocking": h.suspendsDomain(a.Domain), "endorsed": false, "note": "",
	}
	if _, _, s := h.settings(); s.atLeast(4, 4) {
		entity["muting_expires_at"] = nil
	}
	return entity
}

// verifyCredentials is accounts/credentials_controller.rb.
func (h *Home) verifyCredentials(w http.ResponseWriter, r *http.Request) {
	if !h.authorizeUser(w, r, "profile", "read", "read:accounts") {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	entity := h.accountEntity(h.you)
	source := map[string]any{"privacy": "public", "sensitive": false, "language": nil, "note": "", "fields": []any{}, "follow_requests_count": 0,
		"hide_collections": nil, "discoverable": nil, "indexable": h.you.Indexable}
	role := map[string]any{"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": false}
	_, _, s := h.settings()
	if s.atLeast(4, 4) {
		source["attribution_domains"] = []any{}
	}
	if s.atLeast(4, 5) {
		source["quote_policy"] = "public"
	}
	if s.atLeast(4, 6) {
		role["collection_limit"] = 10
	}
	entity["source"], entity["role"] = source, role
	answerOK(w, entity)
}

// domainBlocks is instances/domain_blocks_controller.rb on a server that does not
// publish its blocks, which is the default.
func domainBlocks(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusNotFound)
}
