package sandbox

import (
	"context"
	"net/http"
	"slices"
)

// BackfillEndpoint says how home answers POST /api/v1/accounts/:id/backfill.
// The zero value is Mastodon's own behaviour: there is no such route.
type BackfillEndpoint struct {
	// Status is the HTTP status of the answer. With 202, home really imports the
	// account's posts, in the background.
	Status int
	Header http.Header
	// Message is the error in the body; if empty, Mastodon's own words are used.
	Message string
	// Most limits how many posts a 202 imports, newest first; 0 means 500.
	Most int
}

// SetBackfillEndpoint changes how home answers requests for backfills.
func (h *Home) SetBackfillEndpoint(e BackfillEndpoint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.endpoint = e
}

// BackfillRoute is the key in Requests for requests of any method to the backfill
// endpoint, whether or not home offers it.
const BackfillRoute = "/api/v1/accounts/{id}/backfill"

func (h *Home) backfill(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	e := h.endpoint
	h.mu.Unlock()
	if e.Status == 0 || e.Status == http.StatusNotFound || r.Method != http.MethodPost {
		routeNotFound(w, r)
		return
	}
	showRate(w, r)
	if !h.authorizeUser(w, r, "read", "read:statuses", "read:search") {
		return
	}
	h.mu.Lock()
	a := h.pathAccount(w, r)
	h.mu.Unlock()
	if a == nil {
		return
	}
	for name, values := range e.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if e.Status != http.StatusAccepted {
		if e.Message == "" {
			e.Message = errorText(e.Status)
		}
		apiError(w, e.Status, e.Message)
		return
	}
	if e.Most == 0 {
		e.Most = 500
	}
	uri := a.URI
	h.queue.push(func(ctx context.Context) { h.backfillAccount(ctx, uri, e.Most) })
	answer(w, http.StatusAccepted, typeJSON, map[string]any{})
}

// backfillAccount walks the account's outbox and imports its own public and
// unlisted posts, as Mastodon's PR #34597 does.
func (h *Home) backfillAccount(ctx context.Context, uri string, most int) {
	actor := h.get(ctx, uri, acceptAP).document()
	root := h.get(ctx, text(actor, "outbox"), acceptAP).document()
	next := idOf(root["first"])
	for n := 0; next != "" && n < most && ctx.Err() == nil; {
		page := h.get(ctx, next, acceptAP).document()
		items, _ := page["orderedItems"].([]any)
		for _, item := range items {
			activity, _ := item.(object)
			post, _ := activity["object"].(object)
			if n == most || text(activity, "type") != "Create" || !isPost(post) {
				continue
			}
			n++
			h.fetchStatus(ctx, text(post, "id"), "backfill")
		}
		next = idOf(page["next"])
	}
}
