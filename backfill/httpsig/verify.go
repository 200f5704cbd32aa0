package httpsig

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Why a signature is not accepted. Errors of [Verify] wrap one of these.
var (
	// ErrUnsigned: there is no signature.
	ErrUnsigned = errors.New("the request is not signed")
	// ErrMalformed: the signature cannot be read, or is of an unknown kind.
	ErrMalformed = errors.New("the signature is malformed")
	// ErrWeak: the signature covers too little of the request.
	ErrWeak = errors.New("the signature covers too little")
	// ErrTime: the signature is too old, or from the future.
	ErrTime = errors.New("the signature is outside the time window")
	// ErrKey: the public key cannot be fetched.
	ErrKey = errors.New("the public key is not found")
	// ErrInvalid: the signature was not made by that key, or not for this request.
	ErrInvalid = errors.New("the signature is wrong")
)

func refuse(kind error, detail string) error { return fmt.Errorf("%w: %s", kind, detail) }

// How long a signature is valid (Mastodon, app/lib/signed_request.rb).
const (
	clockSkew       = time.Hour
	defaultLifetime = 5 * time.Minute
	maxLifetime     = 12 * time.Hour
	// maxHeader is the longest header that is read, in bytes.
	maxHeader = 16 << 10
)

// FindKey returns the public key at an address.
type FindKey func(ctx context.Context, keyID string) (*rsa.PublicKey, error)

// Verify checks the signature of a request as Mastodon does
// (app/lib/signed_request.rb): one of RFC 9421 if there is a Signature-Input,
// otherwise one of the draft. It assumes that the request came over https. It
// returns the id of the key, even with an error, as soon as the id is known.
func Verify(r *http.Request, now time.Time, find FindKey) (keyID string, err error) {
	if len(r.Header.Values("Signature")) == 0 {
		return "", ErrUnsigned
	}
	if len(r.Header.Values("Signature-Input")) > 0 {
		return VerifyRFC9421(r, now, find)
	}
	return VerifyCavage(r, now, find)
}

// VerifyCavage checks a signature of draft-cavage-http-signatures-12, as
// [Verify] does.
func VerifyCavage(r *http.Request, now time.Time, find FindKey) (keyID string, err error) {
	headers := r.Header.Values("Signature")
	if len(headers) == 0 {
		return "", ErrUnsigned
	}
	if len(headers) > 1 {
		return "", refuse(ErrMalformed, "there are several Signature headers")
	}
	s, err := parseCavage(headers[0])
	if err != nil {
		return "", err
	}
	return verify(r, now, find, s)
}

// VerifyRFC9421 checks a signature of RFC 9421, as [Verify] does.
func VerifyRFC9421(r *http.Request, now time.Time, find FindKey) (keyID string, err error) {
	inputs, signatures := r.Header.Values("Signature-Input"), r.Header.Values("Signature")
	if len(inputs) == 0 || len(signatures) == 0 {
		return "", ErrUnsigned
	}
	s, err := parseMessage(inputs, signatures)
	if err != nil {
		return "", err
	}
	return verify(r, now, find, s)
}

// signature is what both kinds have in common.
type signature interface {
	keyID() string
	check(r *http.Request, now time.Time) error
	verify(r *http.Request, key *rsa.PublicKey) error
}

func verify(r *http.Request, now time.Time, find FindKey, s signature) (string, error) {
	id := s.keyID()
	if err := s.check(r, now); err != nil {
		return id, err
	}
	key, err := find(r.Context(), id)
	if err != nil {
		return id, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return id, s.verify(r, key)
}

// checkWindow checks the time of a signature. Both times may be zero.
func checkWindow(created, expires, now time.Time) error {
	if !created.IsZero() {
		if expires.IsZero() {
			expires = created.Add(defaultLifetime)
		}
		if latest := created.Add(maxLifetime); expires.After(latest) {
			expires = latest
		}
		if created.After(now.Add(clockSkew)) {
			return refuse(ErrTime, "it is from the future")
		}
	}
	if !expires.IsZero() && now.After(expires.Add(clockSkew)) {
		return refuse(ErrTime, "it is too old")
	}
	return nil
}
