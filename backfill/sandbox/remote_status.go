package sandbox

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tootfill/backfill/rubydate"
)

// resolveURL is resolve_url_service.rb. Both results are nil if home could not, or
// would not, take in what is at the URL.
func (h *Home) resolveURL(ctx context.Context, rawURL string) (*knownAccount, *status) {
	if hostOf(rawURL) == HomeDomain {
		return h.localResource(rawURL)
	}
	doc, code := h.fetchResource(ctx, rawURL, false)
	switch {
	case doc == nil:
		return h.fromDatabase(rawURL, code)
	case isActor(doc):
		h.mu.Lock()
		blocked := h.refuses(hostOf(text(doc, "id")))
		h.mu.Unlock()
		if blocked {
			return nil, nil
		}
		return h.processActor(ctx, doc, "", ""), nil
	default:
		return nil, h.takeIn(ctx, doc, "search")
	}
}

// localResource recognises home's own routes: profiles, and posts of others under
// their local id. It fetches nothing.
func (h *Home) localResource(rawURL string) (*knownAccount, *status) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, nil
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if parts[0] == "users" {
		parts = parts[1:]
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch len(parts) {
	case 1:
		return h.accountByHandle(splitAcct(parts[0])), nil
	case 2:
		id, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, nil
		}
		for _, s := range h.statuses {
			if s.ID == id {
				return nil, s
			}
		}
	}
	return nil, nil
}

// fromDatabase is process_url_from_db: what home already knows if the origin did not
// answer, or answered that it has no such thing.
func (h *Home) fromDatabase(rawURL string, code int) (*knownAccount, *status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch code {
	case 0, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return h.byURI[rawURL], nil
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return nil, h.statuses[rawURL]
	}
	return nil, nil
}

// takeIn is activitypub/fetch_remote_status_service.rb and Activity::Create.
func (h *Home) takeIn(ctx context.Context, doc object, via string) *status {
	uri, author := text(doc, "id"), idOf(doc["attributedTo"])
	if hostOf(uri) == "" || hostOf(uri) != hostOf(author) {
		return nil
	}
	h.mu.Lock()
	refused := h.refuses(hostOf(uri)) || h.tombstones[uri]
	account := h.byURI[author]
	fresh := account != nil && h.now().Sub(account.Refreshed) < staleAfter
	h.mu.Unlock()
	if refused {
		return nil
	}
	if !fresh {
		if fetched := h.fetchActor(ctx, author, "", ""); fetched != nil {
			account = fetched
		}
	}
	if account == nil || h.isSuspended(account) {
		return nil
	}
	s, isNew := h.create(doc, account, via)
	if isNew {
		h.followThread(doc)
	}
	return s
}

func (h *Home) isSuspended(a *knownAccount) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.suspendsDomain(a.Domain) || h.suspendedAccounts[a.URI]
}

// create stores a post, or updates the one that home has.
func (h *Home) create(doc object, account *knownAccount, via string) (s *status, isNew bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fresh := h.newStatus(doc, account)
	if known := h.statuses[fresh.URI]; known != nil {
		if fresh.EditedAt.After(known.EditedAt) {
			known.Content, known.EditedAt = fresh.Content, fresh.EditedAt
		}
		return known, false
	}
	h.writeStatus(fresh, account, via)
	h.store(fresh)
	h.imports = append(h.imports, Import{URI: fresh.URI, At: h.now(), Via: via})
	return fresh, true
}

// newStatus reads a post (parser/status_parser.rb). A post without a valid date is
// dated now. Its id contains the date, or the present time if the date is in the
// future (lib/mastodon/snowflake.rb).
func (h *Home) newStatus(doc object, account *knownAccount) *status {
	now := h.now()
	s := &status{
		URI: text(doc, "id"), URL: text(doc, "url"), Account: account.URI, Content: text(doc, "content"),
		InReplyTo: idOf(doc["inReplyTo"]), CreatedAt: now, Visibility: audienceOf(doc, account),
	}
	if published, err := rubydate.Parse(text(doc, "published")); err == nil {
		s.CreatedAt = published
	}
	if edited, err := rubydate.Parse(text(doc, "updated")); err == nil {
		s.EditedAt = edited
	}
	dated := s.CreatedAt
	if !dated.Before(now) {
		dated = now
	}
	s.ID = snowflake(dated, s.URI)
	tags, _ := doc["tag"].([]any)
	for _, t := range tags {
		if tag, ok := t.(object); ok && text(tag, "type") == "Hashtag" {
			s.Tags = append(s.Tags, strings.ToLower(strings.TrimPrefix(text(tag, "name"), "#")))
		}
	}
	return s
}

func audienceOf(doc object, account *knownAccount) Audience {
	public := func(v any) bool {
		return slices.ContainsFunc([]string{asPublic, "as:Public", "Public"}, func(p string) bool { return mentions(v, p) })
	}
	switch {
	case public(doc["to"]):
		return Everyone
	case public(doc["cc"]):
		return Unlisted
	case mentions(doc["to"], account.URI+"/followers"):
		return Followers
	default:
		return Mentioned
	}
}

// followThread queues what Mastodon fetches by itself: the post that this one
// answers (ThreadResolveWorker), and those of the author's own answers that are
// embedded in it, at most five and only from the same host
// (fetch_replies_service.rb).
func (h *Home) followThread(doc object) {
	uri := text(doc, "id")
	if parent := idOf(doc["inReplyTo"]); parent != "" && hostOf(parent) != HomeDomain {
		h.fetchLater(parent)
	}
	replies, _ := doc["replies"].(object)
	first, _ := replies["first"].(object)
	items, _ := first["items"].([]any)
	for _, item := range items[:min(5, len(items))] {
		if reply := idOf(item); hostOf(reply) == hostOf(uri) {
			h.fetchLater(reply)
		}
	}
}

func (h *Home) fetchLater(uri string) {
	h.queue.push(func(ctx context.Context) {
		h.mu.Lock()
		known := h.statuses[uri] != nil
		h.mu.Unlock()
		if !known {
			h.fetchStatus(ctx, uri, "thread")
		}
	})
}

// fetchStatus is fetch_remote_status_service.rb as jobs call it.
func (h *Home) fetchStatus(ctx context.Context, uri, via string) {
	if doc, _ := h.fetchResource(ctx, uri, false); doc != nil && isPost(doc) {
		h.takeIn(ctx, doc, via)
	}
}
