package sandbox

import "slices"

// Here a test or the demo sets what home already holds, and reads what it has
// imported.

// Bury leaves a tombstone for a post: deleted once, it is never imported again.
func (h *Home) Bury(uri string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tombstones[uri] = true
	if s := h.statuses[uri]; s != nil {
		delete(h.statuses, uri)
		h.held[s.Account] = slices.DeleteFunc(h.held[s.Account], func(o *status) bool { return o == s })
	}
}

// Hold adds posts and boosts as already held. They do not count as imports.
func (h *Home) Hold(posts ...*Post) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range posts {
		h.hold(p)
	}
}

// HoldNewest adds the newest n eligible posts of an account as already held.
func (h *Home) HoldNewest(a *Account, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range a.Posts() {
		if n == 0 {
			return
		}
		if p.eligible() {
			h.hold(p)
			n--
		}
	}
}

func (h *Home) hold(p *Post) {
	if h.statuses[p.URI()] != nil {
		return
	}
	account := h.byURI[p.account.URI()]
	if account == nil {
		account = h.know(p.account)
	}
	a := p.account
	a.origin.mu.Lock()
	doc := p.object()
	a.origin.mu.Unlock()
	s := h.newStatus(doc, account)
	s.Visibility = p.note.Audience
	if p.boostOf != "" {
		s.URI, s.BoostOf = p.URI(), p.boostOf
	}
	count := account.Count // the profile's total already includes it
	h.store(s)
	account.Count = count
}

// Vacuum drops all posts of an account but the newest n, as a content retention period
// does (app/lib/vacuum/statuses_vacuum.rb): without tombstones.
func (h *Home) Vacuum(a *Account, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := h.held[a.URI()]
	for _, s := range held[min(n, len(held)):] {
		delete(h.statuses, s.URI)
	}
	h.held[a.URI()] = slices.Clone(held[:min(n, len(held))])
}

// Held lists the URIs of the posts and boosts that home holds from an account,
// newest first.
func (h *Home) Held(a *Account) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var uris []string
	for _, s := range h.held[a.URI()] {
		uris = append(uris, s.URI)
	}
	return uris
}

// Imports lists the posts that home imported from origins, in order.
func (h *Home) Imports() []Import {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.imports)
}

// Asked returns how often home was asked to resolve a URI by search.
func (h *Home) Asked(uri string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked[uri]
}
