package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The handlers in this file answer for an account's outbox and its pages, on
// the route that OutboxPath names.

// OutboxPath is the path of the account's outbox, for OnRoute.
func (a *Account) OutboxPath() string {
	return strings.TrimPrefix(a.URI(), "https://"+a.origin.Domain()) + "/outbox"
}

// EndlessOutbox has a next page for ever: with new posts on each, or always
// with the same one.
func (a *Account) EndlessOutbox(fresh bool) http.Handler {
	return a.pages(func(n int) (items []any, next int) {
		post := 0
		if fresh {
			post = n
		}
		return []any{a.invented(post)}, n + 1
	})
}

// CyclicOutbox has a number of pages, of which the last one leads to the first.
func (a *Account) CyclicOutbox(length int) http.Handler {
	return a.pages(func(n int) (items []any, next int) {
		return []any{a.invented(n)}, (n + 1) % length
	})
}

// OutboxLeadingTo is one page with a post, and next leads to any address.
func (a *Account) OutboxLeadingTo(next string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.page(w, r, []any{a.invented(0)}, next)
	})
}

// ForeignOutbox lists, besides one post of its own, what is not the account's:
// posts of another's host and of another's hand, in every guise.
func (a *Account) ForeignOutbox(other *Account) http.Handler {
	note := func(id, author string) object {
		return object{"id": id, "type": "Note", "attributedTo": author, "published": "2024-01-01T00:00:00Z", "to": []any{asPublic}, "content": "x"}
	}
	create := func(actor string, v any) object {
		return object{"id": a.URI() + "/statuses/0/activity", "type": "Create", "actor": actor, "published": "2024-01-01T00:00:00Z", "to": []any{asPublic}, "object": v}
	}
	theirs, ours := other.URI()+"/statuses/1", a.URI()+"/statuses/"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.page(w, r, []any{
			a.invented(0),
			create(a.URI(), note(theirs, a.URI())),                      // their host, our hand
			create(a.URI(), note(ours+"2", other.URI())),                // our host, their hand
			create(other.URI(), note(theirs+"3", other.URI())),          // all theirs
			create(a.URI(), theirs+"4"),                                 // a bare id of theirs
			note(theirs+"5", other.URI()),                               // without a Create
			theirs + "6",                                                // nothing but an id
			create(a.URI(), note("http://"+a.origin.Domain()+"/7", "")), // not https
		}, "")
	})
}

// invented is a post that the account claims to have and that is nowhere else.
func (a *Account) invented(n int) object {
	id := a.URI() + "/statuses/" + strconv.Itoa(9_000_000+n)
	date := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Duration(n) * time.Minute).Format(time.RFC3339)
	return object{
		"id": id + "/activity", "type": "Create", "actor": a.URI(), "published": date, "to": []any{asPublic},
		"object": object{"id": id, "type": "Note", "attributedTo": a.URI(), "published": date, "to": []any{asPublic}, "content": "x"},
	}
}

// pages numbers the pages by the parameter page, from 0.
func (a *Account) pages(content func(n int) (items []any, next int)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil {
			outbox := a.URI() + "/outbox"
			answer(w, http.StatusOK, typeActivity, withContext(object{
				"id": outbox, "type": "OrderedCollection", "totalItems": 1000, "first": outbox + "?page=0"}))
			return
		}
		items, next := content(n)
		a.page(w, r, items, a.URI()+"/outbox?page="+strconv.Itoa(next))
	})
}

func (a *Account) page(w http.ResponseWriter, r *http.Request, items []any, next string) {
	doc := object{
		"id": "https://" + a.origin.Domain() + r.URL.RequestURI(), "type": "OrderedCollectionPage",
		"partOf": a.URI() + "/outbox", "orderedItems": items,
	}
	if next != "" {
		doc["next"] = next
	}
	answer(w, http.StatusOK, typeActivity, withContext(doc))
}
