package sandbox

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"tootfill/backfill/httpsig"
	"tootfill/backfill/rsakey"
)

// sign signs a request of home as Mastodon 4.5 does (app/lib/request.rb). An
// error leaves it unsigned, for the origin to refuse.
func (h *Home) sign(r *http.Request) error {
	key, err := h.sandbox.homeKey()
	if err != nil {
		return err
	}
	return key.signing.SignCavage(r, h.now())
}

// keyring is an origin's memory of the public keys of others.
type keyring struct {
	read func(ctx context.Context, keyID string) (*rsa.PublicKey, error)

	mu   sync.Mutex
	keys map[string]*rsa.PublicKey
}

func newKeyring(s *Sandbox) *keyring {
	return &keyring{read: s.readKey, keys: make(map[string]*rsa.PublicKey)}
}

// find returns a key. If it is not known yet, find reads it from where its id
// points.
func (k *keyring) find(ctx context.Context, keyID string) (*rsa.PublicKey, error) {
	k.mu.Lock()
	key := k.keys[keyID]
	k.mu.Unlock()
	if key != nil {
		return key, nil
	}
	key, err := k.read(ctx, keyID)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys[keyID] = key
	return key, nil
}

func (k *keyring) forget(keyID string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, keyID)
}

// readKey reads the actor that a key id names, without a signature
// (activitypub/fetch_remote_key_service.rb).
func (s *Sandbox) readKey(ctx context.Context, keyID string) (*rsa.PublicKey, error) {
	if err := httpsig.CheckID(keyID); err != nil {
		return nil, err
	}
	actor := read(ctx, s.keyClient, keyID, "application/activity+json", nil).document()
	if actor == nil || !isActor(actor) {
		return nil, errors.New("there is no actor")
	}
	key, _ := actor["publicKey"].(object)
	if text(key, "id") != keyID || text(key, "owner") != text(actor, "id") || hostOf(text(actor, "id")) != hostOf(keyID) {
		return nil, errors.New("the actor does not own the key")
	}
	return rsakey.ParsePublicPEM([]byte(text(key, "publicKeyPem")))
}

// refusal says what is wrong with a request's signature; it is empty if nothing is.
// The words are Mastodon's (signature_verification.rb, signed_request.rb).
func (o *Origin) refusal(r *http.Request) string {
	o.mu.Lock()
	check := httpsig.Verify
	if o.newSignatures {
		check = httpsig.VerifyRFC9421
	}
	o.mu.Unlock()
	keyID, err := check(r, o.now(), o.keys.find)
	if errors.Is(err, httpsig.ErrInvalid) {
		// The key may have been replaced since it was read.
		o.keys.forget(keyID)
		keyID, err = check(r, o.now(), o.keys.find)
	}
	return refusalText(keyID, err)
}

func refusalText(keyID string, err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, httpsig.ErrUnsigned):
		return "Request not signed"
	case errors.Is(err, httpsig.ErrKey):
		return "Public key not found for key " + keyID
	case errors.Is(err, httpsig.ErrTime):
		return "Signed request date outside acceptable time window"
	case errors.Is(err, httpsig.ErrInvalid):
		return "Verification failed for " + keyID
	}
	return fmt.Sprintf("Incompatible request signature. %v", err)
}
