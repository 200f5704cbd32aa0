package sandbox

import "slices"

// This file is what home holds already, as a test or the demo sets it, and what
// it has imported.

// Bury leaves a tombstone for a post: it was deleted once, and is never taken
// in again.
func (h *Home) Bury(uri string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tombstones[uri] = true
	if s := h.statuses[uri]; s != nil {
		delete(h.statuses, uri)
		h.held[s.Account] = slices.DeleteFunc(h.held[s.Account], func(o *status) bool { return o == s })
	}
}

// Hold puts posts and boosts in as already held. They are no imports.
func (h *Home) Hold(posts ...*Post) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range posts {
		h.hold(p)
	}
}

// HoldNewest puts the newest n eligible posts of an account in as held.
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
	count := account.Count // the profile's total has it already
	h.store(s)
	account.Count = count
}

// Held lists the URIs of what home holds of an account, newest first.
func (h *Home) Held(a *Account) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var uris []string
	for _, s := range h.held[a.URI()] {
		uris = append(uris, s.URI)
	}
	return uris
}

// Imports lists what home took in from origins, in order.
func (h *Home) Imports() []Import {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.imports)
}

// Asked says how often home was asked to resolve a URI by search.
func (h *Home) Asked(uri string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked[uri]
}
