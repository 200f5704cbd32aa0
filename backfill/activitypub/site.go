package activitypub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"tootfill/backfill"
	"tootfill/backfill/fetch"
)

// site is what all listings except the outbox need: the account, and the server of
// its id.
type site struct {
	client *fetch.Client
	actor  actor
	host   string
	boosts bool
}

// url is an address on the site.
func (s site) url(path string, query url.Values) string {
	address := "https://" + s.host + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// user is the account's name on its own server.
func (s site) user() string {
	if s.actor.user != "" {
		return s.actor.user
	}
	return s.actor.Handle.User
}

// get reads plain JSON, unless it is the known one.
func (s site) get(ctx context.Context, address string, known fetch.Validators) (*fetch.Document, error) {
	return s.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.JSONPage, Port: s.actor.port, Known: known})
}

// ask asks for a page of the listing with that name, and reads it unless it is the known
// one.
func (s site) ask(ctx context.Context, listing, address string, known fetch.Validators, read pageReader) (topPage, error) {
	answer, err := s.get(ctx, address, known)
	if err != nil {
		return topPage{}, within(listing, err)
	}
	return topOf(answer, read)
}

func (s site) post(ctx context.Context, address string, question any) (*fetch.Document, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return nil, fmt.Errorf("writing a question to %s: %w", s.host, err)
	}
	return s.client.Post(ctx, fetch.Request{URL: address, Kind: fetch.JSONPage, Port: s.actor.port}, body)
}

// bad is the error for an answer that is not what it should be.
func (s site) bad(format string, args ...any) error {
	return &backfill.OriginError{Host: s.host, Cause: backfill.Malformed, Err: fmt.Errorf(format, args...)}
}

// isActor reports whether one of the addresses that a listing gives for an account
// is the actor's.
func (s site) isActor(addresses ...string) bool {
	for _, a := range addresses {
		if a != "" && sameURI(a, s.actor.URI) {
			return true
		}
	}
	return false
}

var errCursor = errors.New("the ledger's cursor is not one of this listing")
