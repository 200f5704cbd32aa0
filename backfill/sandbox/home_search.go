package sandbox

import (
	"context"
	"net/http"
	"strconv"
	"strings"
)

// search is search_controller.rb of API v2.
func (h *Home) search(w http.ResponseWriter, r *http.Request) {
	t, ok := h.authorizeIfGot(w, r, "read", "read:search")
	if !ok {
		return
	}
	q := r.URL.Query()
	user := t != nil && t.user
	resolve := truthy(q.Get("resolve"))
	switch {
	case !user && q.Get("offset") != "":
		apiError(w, http.StatusUnauthorized, "Search queries pagination is not supported without authentication")
		return
	case !user && resolve:
		apiError(w, http.StatusUnauthorized, "Search queries that resolve remote resources are not supported without authentication")
		return
	case strings.TrimSpace(q.Get("q")) == "":
		apiError(w, http.StatusBadRequest, "param is missing or the value is empty or invalid: q")
		return
	}
	results := h.emptyResults()
	if limitParam(q, 20, 40) > 0 && offset(q.Get("offset")) == 0 {
		if status, message := h.fillResults(r.Context(), results, strings.TrimSpace(q.Get("q")), q.Get("type"), resolve); status != 0 {
			apiError(w, status, message)
			return
		}
	}
	if accounts, ok := results["accounts"].([]any); ok {
		results["accounts"] = firstN(accounts, limitParam(q, 20, 40))
	}
	answerOK(w, results)
}

func offset(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0 // like Ruby's to_i
	}
	return n
}

func (h *Home) emptyResults() map[string]any {
	results := map[string]any{"accounts": []any{}, "statuses": []any{}, "hashtags": []any{}}
	if _, _, s := h.settings(); s.atLeast(4, 6) {
		results["collections"] = []any{}
	}
	return results
}

// fillResults is search_service.rb. Without resolve, a URL is only searched for as
// text; as on servers without Elasticsearch, there is no text search here. A
// status other than 0 is an error.
func (h *Home) fillResults(ctx context.Context, results map[string]any, query, kind string, resolve bool) (int, string) {
	isURL := strings.HasPrefix(query, "http://") || strings.HasPrefix(query, "https://")
	if resolve && isURL {
		return h.resolveResult(ctx, results, query, kind)
	}
	if !isURL && (kind == "" || kind == "accounts") {
		results["accounts"] = h.searchAccounts(ctx, query, resolve)
	}
	return 0, ""
}

func (h *Home) resolveResult(ctx context.Context, results map[string]any, url, kind string) (int, string) {
	h.ask(url)
	account, found := h.resolveURL(ctx, url)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case account != nil && (kind == "" || kind == "accounts"):
		results["accounts"] = []any{h.accountEntity(account)}
	case found == nil:
	case !h.mayShow(found, true):
		return http.StatusForbidden, "This action is not allowed"
	case kind == "" || kind == "statuses":
		results["statuses"] = []any{h.statusEntity(found)}
	}
	return 0, ""
}
