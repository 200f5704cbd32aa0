package mastodon

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"tootfill/backfill"
	"tootfill/backfill/loosejson"
	"tootfill/backfill/rsakey"
)

// publicKey is the public half of a key in an ActivityPub document: that of an actor,
// or of the key itself.
type publicKey struct {
	ID  loosejson.Text `json:"id"`
	PEM loosejson.Text `json:"publicKeyPem"`
}

// PublishedKey is the public half of a key, as this server publishes it under the
// key's id. Whatever the server answers instead is an ordinary error: it says nothing
// about a token.
func (s *Server) PublishedKey(ctx context.Context, id string) (*rsa.PublicKey, error) {
	u, err := url.Parse(id)
	if err != nil || !s.home.is(u) {
		return nil, fmt.Errorf("%s is not an address on %s", clean(id), s.Host())
	}
	u.Fragment = ""
	body, err := s.document(ctx, u)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", clean(u.String()), err)
	}
	var actor struct {
		Key json.RawMessage `json:"publicKey"`
		publicKey
	}
	if err := json.Unmarshal(body, &actor); err != nil {
		return nil, fmt.Errorf("%s is no document with a key", clean(u.String()))
	}
	for _, k := range append(keysIn(actor.Key), actor.publicKey) {
		if string(k.ID) == id && k.PEM != "" {
			return rsakey.ParsePublicPEM([]byte(k.PEM))
		}
	}
	return nil, fmt.Errorf("%s has no key %s", clean(u.String()), clean(id))
}

// keysIn reads one key or a list of them.
func keysIn(text json.RawMessage) []publicKey {
	var one publicKey
	var many []publicKey
	if json.Unmarshal(text, &one) == nil {
		return []publicKey{one}
	}
	if json.Unmarshal(text, &many) != nil {
		return nil
	}
	return many
}

// document asks for an ActivityPub document.
func (s *Server) document(ctx context.Context, u *url.URL) (body json.RawMessage, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	// https://www.w3.org/TR/activitypub/#retrieving-objects
	req.Header.Set("Accept", `application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`)
	resp, err := s.client.Do(req)
	if err == nil {
		defer resp.Body.Close()
		err = json.NewDecoder(resp.Body).Decode(&body)
	}
	err = s.explain(err)
	var closed *backfill.UnauthorizedError
	if errors.As(err, &closed) { // it was asked without a token
		err = &backfill.AnswerError{Server: s.Host(), Status: http.StatusUnauthorized, Message: closed.Message}
	}
	return body, err
}
