package fault

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The handlers in this file answer for an actor's outbox and its pages. The actor is
// given by its URI; its outbox must be at that URI followed by /outbox.

type object = map[string]any

const public = "https://www.w3.org/ns/activitystreams#Public"

// EndlessOutbox always has a next page, with a new post on each or always with the
// same one.
func EndlessOutbox(actor string, fresh bool) http.Handler {
	return pages(actor, func(n int) (items []any, next int) {
		post := 0
		if fresh {
			post = n
		}
		return []any{invented(actor, post)}, n + 1
	})
}

// CyclicOutbox has length pages, the last of which leads back to the first.
func CyclicOutbox(actor string, length int) http.Handler {
	return pages(actor, func(n int) (items []any, next int) {
		return []any{invented(actor, n)}, (n + 1) % length
	})
}

// OutboxLeadingTo is a single page with one post; its next can be any address.
func OutboxLeadingTo(actor string, next string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page(actor, w, r, []any{invented(actor, 0)}, next)
	})
}

// ForeignOutbox lists one post of the account, and besides it what is not the
// account's: posts on another's host or by another's hand, in every guise.
func ForeignOutbox(actor, other string) http.Handler {
	note := func(id, author string) object {
		return object{"id": id, "type": "Note", "attributedTo": author, "published": "2024-01-01T00:00:00Z", "to": []any{public}, "content": "x"}
	}
	create := func(by string, v any) object {
		return object{"id": actor + "/statuses/0/activity", "type": "Create", "actor": by, "published": "2024-01-01T00:00:00Z", "to": []any{public}, "object": v}
	}
	theirs, ours := other+"/statuses/1", actor+"/statuses/"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page(actor, w, r, []any{
			invented(actor, 0),
			create(actor, note(theirs, actor)),                    // their host, our hand
			create(actor, note(ours+"2", other)),                  // our host, their hand
			create(other, note(theirs+"3", other)),                // all theirs
			create(actor, theirs+"4"),                             // a bare id of theirs
			note(theirs+"5", other),                               // without a Create
			theirs + "6",                                          // nothing but an id
			create(actor, note("http://"+hostOf(actor)+"/7", "")), // not https
		}, "")
	})
}

// invented is a post that the account claims to have but that exists nowhere else.
func invented(actor string, n int) object {
	id := actor + "/statuses/" + strconv.Itoa(9_000_000+n)
	date := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Duration(n) * time.Minute).Format(time.RFC3339)
	return object{
		"id": id + "/activity", "type": "Create", "actor": actor, "published": date, "to": []any{public},
		"object": object{"id": id, "type": "Note", "attributedTo": actor, "published": date, "to": []any{public}, "content": "x"},
	}
}

// pages numbers the pages by the parameter page, from 0.
func pages(actor string, content func(n int) (items []any, next int)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil {
			outbox := actor + "/outbox"
			writeActivity(w, object{
				"id": outbox, "type": "OrderedCollection", "totalItems": 1000, "first": outbox + "?page=0"})
			return
		}
		items, next := content(n)
		page(actor, w, r, items, actor+"/outbox?page="+strconv.Itoa(next))
	})
}

func page(actor string, w http.ResponseWriter, r *http.Request, items []any, next string) {
	doc := object{
		"id": "https://" + hostOf(actor) + r.URL.RequestURI(), "type": "OrderedCollectionPage",
		"partOf": actor + "/outbox", "orderedItems": items,
	}
	if next != "" {
		doc["next"] = next
	}
	writeActivity(w, doc)
}

func writeActivity(w http.ResponseWriter, doc object) {
	doc["@context"] = "https://www.w3.org/ns/activitystreams"
	writeJSON(w, http.StatusOK, "application/activity+json; charset=utf-8", doc)
}

// hostOf is the host in the URI of an actor.
func hostOf(actor string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(actor, "https://"), "/")
	return host
}
