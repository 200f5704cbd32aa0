package httpsig

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"

	"tootfill/backfill/cleantext"
)

// Key is a private key with the address at which others find its public half,
// such as https://home.example/actor#main-key.
type Key struct {
	ID      string
	Private *rsa.PrivateKey
}

// String returns the id, so that the private key never reaches a log.
func (k Key) String() string { return k.ID }

// GoString does the same for %#v.
func (k Key) GoString() string { return k.ID }

// CheckID returns an error if id cannot be the address of a key. Other servers
// must be able to read it, so it has to be an https URL with a host.
func CheckID(id string) error {
	if !quotable(id) {
		return fmt.Errorf("the key id %q holds characters that cannot be sent", cleantext.Shorten(id))
	}
	u, err := url.Parse(id)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return fmt.Errorf("the key id %q is not an https URL", cleantext.Shorten(id))
	}
	return nil
}

// quotable reports whether a string fits into the quoted strings of both kinds of
// signatures as it is: printable ASCII without quotes and backslashes.
func quotable(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// sign signs a text. RSA PKCS #1 v1.5 is deterministic.
func (k Key) sign(text string) ([]byte, error) {
	switch {
	case k.Private == nil:
		return nil, errors.New("sign a request: no private key")
	case !quotable(k.ID):
		return nil, fmt.Errorf("sign a request: the key id %q cannot be sent", cleantext.Shorten(k.ID))
	}
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, k.Private, crypto.SHA256, sum[:])
	if err != nil {
		return nil, fmt.Errorf("sign a request: %w", err)
	}
	return signature, nil
}

func verifies(key *rsa.PublicKey, text string, signature []byte) bool {
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
}
