package service

import (
	"encoding/json"
	"net/http"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// errorEntity is what Mastodon's API says with an error (app/controllers/concerns/
// api/error_handling.rb), with our own cause.
type errorEntity struct {
	Error string         `json:"error"`
	Cause backfill.Cause `json:"cause,omitempty"`
}

// accountEntity has of Mastodon's Account the members by which a client finds it.
type accountEntity struct {
	ID   string `json:"id"`
	Acct string `json:"acct"`
}

// placeEntity is the body of a 202.
type placeEntity struct {
	Account accountEntity `json:"account"`
	State   State         `json:"state"`
	// NextAllowed is when the account may be backfilled next; null if that is now.
	NextAllowed *string `json:"next_allowed"`
}

// progressEntity is the body of a 200.
type progressEntity struct {
	placeEntity
	Counts countsEntity `json:"counts"`
}

type countsEntity struct {
	Listed   int `json:"listed"`
	Imported int `json:"imported"`
	Held     int `json:"held"`
	Refused  int `json:"refused"`
	Left     int `json:"left"`
}

func newPlaceEntity(a fediverse.Account, p Place) placeEntity {
	entity := placeEntity{Account: accountEntity{ID: a.ID, Acct: a.Handle.String()}, State: p.State}
	if !p.NextAllowed.IsZero() {
		// as Rails writes times
		next := p.NextAllowed.UTC().Format("2006-01-02T15:04:05.000Z")
		entity.NextAllowed = &next
	}
	return entity
}

func newProgressEntity(a fediverse.Account, p Progress) progressEntity {
	return progressEntity{placeEntity: newPlaceEntity(a, p.Place), Counts: countsEntity(p.Counts)}
}

// setHeaders sets what Mastodon sends with every answer of its API. X-RateLimit is left
// out: the limits here are not those that home's headers tell of, and clients would mix
// them up.
func setHeaders(h http.Header) {
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Vary", "Authorization, Origin")
}

// write sends an answer. A client that is gone needs none, so errors do not matter.
func write(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"Internal Server Error"}`)
	}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// retryAfter is the Retry-After header for a time, in whole seconds, at least one.
func retryAfter(at, now time.Time) int {
	wait := at.Sub(now)
	return max(1, int((wait+time.Second-1)/time.Second))
}
