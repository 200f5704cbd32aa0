package sandbox

import "slices"

// Here a test or the demo sets whom home knows and whom you follow.

// Know makes home know an account, as if it had just resolved it.
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

// ID is the id at home of an account that home knows; 0 if it knows none.
func (h *Home) ID(a *Account) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if k := h.byURI[a.URI()]; k != nil {
		return k.ID
	}
	return 0
}

// YourID is the id at home of your own account.
func (h *Home) YourID() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.you.ID
}

// Follow makes you follow an account; a pending request becomes a follow.
func (h *Home) Follow(a *Account) { h.setFollow(a, false) }

// RequestFollow makes you ask to follow an account; the request stays pending.
func (h *Home) RequestFollow(a *Account) { h.setFollow(a, true) }

// AcceptFollow accepts a request made with RequestFollow.
func (h *Home) AcceptFollow(a *Account) { h.setFollow(a, false) }

// Unfollow ends a follow or withdraws a request.
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
	h.follows = append(h.follows, follow{id: h.lastID, account: a.URI(), pending: pending, made: h.now()})
}

// BlockedBy sets whether an account blocks you: home still stores its posts, but
// refuses them to you with 403.
func (h *Home) BlockedBy(a *Account, blocked bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.blockedBy[a.URI()] = blocked
}

// FollowedBy makes an account follow you.
func (h *Home) FollowedBy(a *Account) { h.setFollower(a, false) }

// AskedBy makes an account ask to follow you; the request stays pending.
func (h *Home) AskedBy(a *Account) { h.setFollower(a, true) }

func (h *Home) setFollower(a *Account, pending bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byURI[a.URI()] == nil {
		h.know(a)
	}
	h.followers = slices.DeleteFunc(h.followers, func(f follow) bool { return f.account == a.URI() })
	h.lastID++
	h.followers = append(h.followers, follow{id: h.lastID, account: a.URI(), pending: pending})
}

// AddToList puts accounts into your list with a title, which is made if need be. You
// should follow them, as Mastodon demands.
func (h *Home) AddToList(title string, accounts ...*Account) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := slices.IndexFunc(h.lists, func(l list) bool { return l.title == title })
	if at < 0 {
		at = len(h.lists)
		h.lastID++
		h.lists = append(h.lists, list{id: h.lastID, title: title})
	}
	for _, a := range accounts {
		h.lists[at].accounts = append(h.lists[at].accounts, a.URI())
	}
}
