package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
)

// outbox is activitypub/outboxes_controller.rb.
func (o *Origin) outbox(a *Account, r *http.Request) (int, object) {
	query, root := r.URL.Query(), a.URI()+"/outbox"
	if !truthy(query.Get("page")) {
		return http.StatusOK, object{"id": root, "type": "OrderedCollection", "totalItems": a.count(),
			"first": root + "?page=true", "last": root + "?min_id=0&page=true"}
	}
	posts := a.outboxPage(query, o.pageSize)
	items := make([]any, 0, len(posts))
	for _, p := range posts {
		items = append(items, p.activity())
	}
	id := url.Values{"page": {"true"}}
	for _, name := range []string{"max_id", "min_id"} {
		if query.Has(name) {
			id.Set(name, query.Get(name))
		}
	}
	doc := object{"id": root + "?" + id.Encode(), "type": "OrderedCollectionPage", "partOf": root, "orderedItems": items}
	if len(posts) == o.pageSize {
		doc["next"] = root + "?max_id=" + formatID(posts[len(posts)-1].id) + "&page=true"
	}
	if len(posts) > 0 {
		doc["prev"] = root + "?min_id=" + formatID(posts[0].id) + "&page=true"
	}
	return http.StatusOK, doc
}

// outboxPage is the page of public and unlisted entries that a query asks for,
// newest first (concerns/paginable.rb). With origin.mu held.
func (a *Account) outboxPage(query url.Values, size int) []*Post {
	inBounds := bounds(query)
	page := make([]*Post, 0, size)
	if query.Get("min_id") != "" {
		for i := 0; i < len(a.posts) && len(page) < size; i++ {
			if p := a.posts[i]; p.note.Audience <= Unlisted && inBounds(p.id) {
				page = append([]*Post{p}, page...)
			}
		}
		return page
	}
	for i := len(a.posts) - 1; i >= 0 && len(page) < size; i-- {
		if p := a.posts[i]; p.note.Audience <= Unlisted && inBounds(p.id) {
			page = append(page, p)
		}
	}
	return page
}

// bounds reads max_id, min_id and since_id.
func bounds(query url.Values) func(id int64) bool {
	number := func(name string) int64 {
		n, err := strconv.ParseInt(query.Get(name), 10, 64)
		if err != nil {
			return 0 // like Ruby's to_i
		}
		return n
	}
	above, below := max(number("min_id"), number("since_id")), number("max_id")
	return func(id int64) bool {
		return id > above && (query.Get("max_id") == "" || id < below)
	}
}
