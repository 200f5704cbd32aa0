package sandbox

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// staleAfter is how long a profile is trusted (account.rb:71).
const staleAfter = 24 * time.Hour

// resolveAccount is resolve_account_service.rb: WebFinger and the actor, if the
// account is unknown or was fetched long ago. It returns nil if the account cannot
// be found.
func (h *Home) resolveAccount(ctx context.Context, user, domain string) *knownAccount {
	h.mu.Lock()
	a := h.accountByHandle(user, domain)
	fresh := a != nil && h.now().Sub(a.Refreshed) < staleAfter
	blocked := h.refuses(domain)
	h.mu.Unlock()
	if fresh || blocked {
		return a
	}
	subject, self := h.finger(ctx, user, domain)
	if subject == "" {
		return nil
	}
	if !strings.EqualFold(subject, user+"@"+domain) {
		// Another name for the account must be confirmed under that name.
		u, d := splitAcct(subject)
		again, href := h.finger(ctx, u, d)
		if !strings.EqualFold(again, subject) {
			return nil
		}
		self = href
	}
	user, domain = splitAcct(subject)
	return h.fetchActor(ctx, self, user, domain)
}

// fetchActor is fetch_remote_actor_service.rb and process_account_service.rb. If
// domain is empty, WebFinger at the actor's own host gives the handle.
func (h *Home) fetchActor(ctx context.Context, uri, user, domain string) *knownAccount {
	h.mu.Lock()
	blocked := h.refuses(hostOf(uri))
	h.mu.Unlock()
	if blocked {
		return nil
	}
	doc := h.get(ctx, uri, acceptAP).document()
	if doc == nil || !isActor(doc) || text(doc, "id") != uri {
		return nil
	}
	return h.processActor(ctx, doc, user, domain)
}

func (h *Home) processActor(ctx context.Context, doc object, user, domain string) *knownAccount {
	uri := text(doc, "id")
	if domain == "" {
		subject, self := h.finger(ctx, text(doc, "preferredUsername"), hostOf(uri))
		if self != uri {
			return nil
		}
		user, domain = splitAcct(subject)
		if domain != hostOf(uri) { // a split domain must confirm it itself
			if _, self = h.finger(ctx, user, domain); self != uri {
				return nil
			}
		}
	}
	if !strings.EqualFold(text(doc, "preferredUsername"), user) {
		return nil
	}
	// Totals are read inline, as in process_account_service.rb:476-505.
	posts, followers := h.total(ctx, text(doc, "outbox")), h.total(ctx, text(doc, "followers"))
	h.total(ctx, text(doc, "following"))
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.upsertActor(doc, text(doc, "preferredUsername"), domain)
	a.Count, a.Followers = posts, followers
	h.writeAccount(a)
	return a
}

func (h *Home) total(ctx context.Context, collection string) int {
	if collection == "" {
		return 0
	}
	var doc struct {
		TotalItems int `json:"totalItems"`
	}
	if json.Unmarshal(h.get(ctx, collection, acceptAP).body, &doc) != nil {
		return 0
	}
	return doc.TotalItems
}

// upsertActor writes an actor into the database. With mu held.
func (h *Home) upsertActor(doc object, user, domain string) *knownAccount {
	uri := text(doc, "id")
	a := h.byURI[uri]
	if a == nil {
		a = &knownAccount{URI: uri}
		h.addAccount(a)
	}
	a.Username, a.Domain = user, strings.ToLower(domain)
	a.URL, a.DisplayName, a.Note = text(doc, "url"), text(doc, "name"), text(doc, "summary")
	a.Locked, _ = doc["manuallyApprovesFollowers"].(bool)
	a.Indexable, _ = doc["indexable"].(bool)
	a.MovedTo = idOf(doc["movedTo"])
	a.Refreshed = h.now()
	if created, err := time.Parse(time.RFC3339, text(doc, "published")); err == nil {
		a.Created = created
	}
	a.Fields = nil
	fields, _ := doc["attachment"].([]any)
	for _, f := range fields {
		if field, ok := f.(object); ok && text(field, "type") == "PropertyValue" {
			a.Fields = append(a.Fields, [2]string{text(field, "name"), text(field, "value")})
		}
	}
	return a
}
