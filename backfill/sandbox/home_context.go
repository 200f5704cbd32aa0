package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

const (
	// repliesRest and repliesAge are those of
	// app/models/concerns/status/fetch_replies_concern.rb.
	repliesRest = 15 * time.Minute
	repliesAge  = 5 * time.Minute
	// mostReplies and mostReplyPages bound what is fetched for one post
	// (app/workers/activitypub/fetch_all_replies_worker.rb).
	mostReplies    = 1000
	mostReplyPages = 500
)

// statusContext is statuses/contexts_controller.rb. Since 4.5, a user who reads the
// context of a remote post makes home fetch the replies to it.
func (h *Home) statusContext(w http.ResponseWriter, r *http.Request) {
	t, ok := h.authorizeIfGot(w, r, "read", "read:statuses")
	if !ok {
		return
	}
	viewer := t != nil && t.user
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.statusByID(r.PathValue("id"))
	if s == nil || !h.mayShow(s, viewer) {
		recordNotFound(w)
		return
	}
	entities := func(list []*status) []any {
		shown := []any{}
		for _, other := range list {
			if h.mayShow(other, viewer) {
				shown = append(shown, h.statusEntity(other))
			}
		}
		return shown
	}
	if _, _, software := h.settings(); software.atLeast(4, 5) && (h.refreshes[s.URI] || viewer && h.refresh(s)) {
		w.Header().Set("Mastodon-Async-Refresh", fmt.Sprintf(`id="%d", retry=3, result_count=0`, s.ID))
	}
	answerOK(w, map[string]any{"ancestors": entities(h.ancestors(s)), "descendants": entities(h.descendants(s.URI))})
}

// refresh begins to fetch the replies to a post, if that is due. With mu held.
func (h *Home) refresh(s *status) bool {
	if !h.fetchesReplies(s) {
		return false
	}
	uri := s.URI
	h.refreshes[uri] = true
	h.queue.push(func(ctx context.Context) {
		h.fetchAllReplies(ctx, uri, "thread")
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.refreshes, uri)
	})
	return true
}

// statusByID: with mu held.
func (h *Home) statusByID(id string) *status {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil
	}
	for _, s := range h.statuses {
		if s.ID == n {
			return s
		}
	}
	return nil
}

// fetchesReplies is should_fetch_replies?, and notes that it does. With mu held.
func (h *Home) fetchesReplies(s *status) bool {
	now, last := h.now(), h.repliesFetched[s.URI]
	if hostOf(s.URI) == HomeDomain || s.Visibility > Unlisted || s.CreatedAt.After(now.Add(-repliesAge)) ||
		!last.IsZero() && last.After(now.Add(-repliesRest)) {
		return false
	}
	h.repliesFetched[s.URI] = now
	return true
}

// ancestors: with mu held.
func (h *Home) ancestors(s *status) []*status {
	var list []*status
	for p := h.statuses[s.InReplyTo]; p != nil && !slices.Contains(list, p); p = h.statuses[p.InReplyTo] {
		list = append(list, p)
	}
	slices.Reverse(list)
	return list
}

// descendants: with mu held.
func (h *Home) descendants(uri string) []*status {
	var list []*status
	seen := map[string]bool{uri: true}
	for parents := []string{uri}; len(parents) > 0; parents = parents[1:] {
		for _, s := range h.statuses {
			if s.InReplyTo == parents[0] && !seen[s.URI] {
				seen[s.URI] = true
				list, parents = append(list, s), append(parents, s.URI)
			}
		}
	}
	slices.SortFunc(list, func(a, b *status) int { return int(max(-1, min(1, a.ID-b.ID))) })
	return list
}

// fetchAllReplies is activitypub/fetch_all_replies_worker.rb: it fetches the replies
// to a post, on whatever server they are, and the replies to those.
func (h *Home) fetchAllReplies(ctx context.Context, uri, via string) {
	seen, pages := map[string]bool{uri: true}, 0
	for waiting := []string{uri}; len(waiting) > 0 && ctx.Err() == nil; waiting = waiting[1:] {
		for _, reply := range h.repliesAt(ctx, waiting[0], &pages) {
			if seen[reply] || len(seen) > mostReplies {
				continue
			}
			seen[reply] = true
			waiting = append(waiting, reply)
			if hostOf(reply) != HomeDomain && !h.holds(reply) {
				h.fetchStatus(ctx, reply, via)
			}
		}
	}
}

// repliesAt reads the URIs of the replies to a post from its origin. The pages have
// to be on the same host (fetch_replies_service.rb).
func (h *Home) repliesAt(ctx context.Context, uri string, pages *int) []string {
	doc, _ := h.fetchResource(ctx, uri, false)
	if doc == nil {
		return nil
	}
	var uris []string
	read := make(map[string]bool)
	for next := doc["replies"]; next != nil && *pages < mostReplyPages; {
		page, inline := next.(object)
		if !inline {
			address := idOf(next)
			if address == "" || hostOf(address) != hostOf(uri) || read[address] {
				break
			}
			read[address] = true
			*pages++
			page = h.get(ctx, address, acceptAP).document()
		}
		items, _ := page["items"].([]any)
		ordered, _ := page["orderedItems"].([]any)
		for _, item := range append(items, ordered...) {
			if reply := idOf(item); reply != "" {
				uris = append(uris, reply)
			}
		}
		if next = page["first"]; next == nil {
			next = page["next"]
		}
	}
	return uris
}
