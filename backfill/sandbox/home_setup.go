package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Know makes home know an account, as if it had resolved it just now.
func (h *Home) Know(a *Account) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.know(a)
}

// know copies the account's profile. With mu held.
func (h *Home) know(a *Account) *knownAccount {
	a.origin.mu.Lock()
	doc, total := a.actor(), a.count()
	a.origin.mu.Unlock()
	k := h.upsertActor(doc, a.profile.Username, a.origin.handleDomain)
	k.Count, k.Followers = total, a.profile.Followers
	return k
}

// Follow makes you follow an account; a pending request becomes a follow.
func (h *Home) Follow(a *Account) { h.setFollow(a, false) }

// RequestFollow makes you ask to follow an account, without an answer yet.
func (h *Home) RequestFollow(a *Account) { h.setFollow(a, true) }

// AcceptFollow is the answer to RequestFollow.
func (h *Home) AcceptFollow(a *Account) { h.setFollow(a, false) }

// Unfollow ends a follow or takes a request back.
func (h *Home) Unfollow(a *Account) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unfollow(a.URI())
}

func (h *Home) unfollow(uri string) {
	h.follows = slices.DeleteFunc(h.follows, func(f follow) bool { return f.account == uri })
}

func (h *Home) setFollow(a *Account, pending bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byURI[a.URI()] == nil {
		h.know(a)
	}
	h.unfollow(a.URI())
	h.lastID++
	h.follows = append(h.follows, follow{id: h.lastID, account: a.URI(), pending: pending})
}

// BlockedBy says that an account blocks you: its posts are stored all the
// same, and then refused to you with 403.
func (h *Home) BlockedBy(a *Account, blocked bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.blockedBy[a.URI()] = blocked
}

// AllowOnly turns limited federation on: home takes nothing but from these
// domains (Mastodon app/models/domain_allow.rb).
func (h *Home) AllowOnly(domains ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.allowed = map[string]bool{}
	for _, d := range domains {
		h.allowed[strings.ToLower(d)] = true
	}
}

// SuspendAccount makes home hide an account that it knows, and take nothing of it.
func (h *Home) SuspendAccount(a *Account) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.suspendedAccounts[a.URI()] = true
}

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

// Spend uses up n requests of a token in the present windows of the throttles,
// as another program with the same token would.
func (h *Home) Spend(token string, n int) {
	r := &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}
	h.throttle.spend(h.now(), h.callerOf(r), n)
}

// AddToken adds an access token of yours with scopes, separated by spaces.
func (h *Home) AddToken(name, scopes string) { h.addToken(name, scopes, true) }

// AddAppToken adds an access token without a user, as client_credentials give.
func (h *Home) AddAppToken(name, scopes string) { h.addToken(name, scopes, false) }

func (h *Home) addToken(name, scopes string, user bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.newToken(name, scopes, user, demoApp())
}

// newToken: with mu held.
func (h *Home) newToken(name, scopes string, user bool, a *app) {
	id := strconv.Itoa(len(h.tokens) + 1)
	h.tokens[name] = &token{id: id, user: user, scopes: strings.Fields(scopes), app: a, created: h.now()}
}

// SetScopes changes the scopes of a token and of its application.
func (h *Home) SetScopes(token, scopes string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tokens[token]; t != nil {
		t.scopes = strings.Fields(scopes)
		changed := *t.app
		changed.scopes = t.scopes
		t.app = &changed
	}
}

// RevokeToken revokes a token for good.
func (h *Home) RevokeToken(token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tokens[token]; t != nil {
		t.revoked = true
	}
}

// Settle waits until home has no background work left: threads that it
// follows up, and backfills that it was asked for.
func (h *Home) Settle() { h.queue.settle() }
