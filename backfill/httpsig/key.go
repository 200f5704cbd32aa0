package httpsig

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
)

// minBits is the size of the keys that Mastodon makes (app/models/account.rb,
// generate_keys).
const minBits = 2048

// Key is a private key with the address at which others find its public half,
// such as https://home.example/actor#main-key.
type Key struct {
	ID      string
	Private *rsa.PrivateKey
}

// String is the id, so that the private key gets into no log.
func (k Key) String() string { return k.ID }

// GoString is the same for %#v.
func (k Key) GoString() string { return k.ID }

// ReadKey reads an RSA private key of at least 2048 bits out of the first block
// of a PEM file, in PKCS #1 (BEGIN RSA PRIVATE KEY) or PKCS #8 (BEGIN PRIVATE
// KEY), or out of a JSON document, as GoToSocial has it. Nothing of the file's
// content is in its errors.
func ReadKey(file []byte) (*rsa.PrivateKey, error) {
	if isJSON(file) {
		return readJSONKey(file)
	}
	return readPEMKey(file)
}

func readPEMKey(file []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(file)
	if block == nil {
		return nil, errors.New("the key is not in PEM format")
	}
	if block.Headers["DEK-Info"] != "" {
		return nil, errors.New("the key is encrypted with a passphrase")
	}
	key, err := parsePrivate(block)
	if err != nil {
		return nil, err
	}
	if bits := key.N.BitLen(); bits < minBits {
		return nil, fmt.Errorf("the key has %d bits, and %d are the least", bits, minBits)
	}
	return key, nil
}

func parsePrivate(block *pem.Block) (*rsa.PrivateKey, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the key is damaged: %w", err)
		}
		return key, nil
	case "PRIVATE KEY":
		found, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the key is damaged: %w", err)
		}
		key, ok := found.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("the key is a %T and not an RSA key", found)
		}
		return key, nil
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("the key is encrypted with a passphrase")
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("this is a public key, and the private one is needed")
	}
	return nil, fmt.Errorf("a PEM block of type %q is not an RSA private key", shorten(block.Type))
}

// ReadPublicKey reads an RSA public key in PEM, as the publicKeyPem of an actor
// has it: PKIX (BEGIN PUBLIC KEY), which is what Mastodon writes, or PKCS #1
// (BEGIN RSA PUBLIC KEY).
func ReadPublicKey(text []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the public key is not in PEM format")
	}
	if block.Type == "RSA PUBLIC KEY" {
		key, err := x509.ParsePKCS1PublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the public key is damaged: %w", err)
		}
		return key, nil
	}
	found, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the public key is damaged: %w", err)
	}
	key, ok := found.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the public key is a %T and not an RSA key", found)
	}
	return key, nil
}

// CheckID says what is wrong with the address of a key. Others must be able to
// read it, so it has to be an https URL with a host.
func CheckID(id string) error {
	if !quotable(id) {
		return fmt.Errorf("the key id %q holds characters that cannot be sent", shorten(id))
	}
	u, err := url.Parse(id)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return fmt.Errorf("the key id %q is not an https URL", shorten(id))
	}
	return nil
}

// quotable says that a string fits into the quoted strings of both kinds of
// signatures as it is: printable ASCII without quotes and backslashes.
func quotable(s string) bool {
	for _, c := range []byte(s) {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// sign signs a text. RSA PKCS #1 v1.5 is the same every time.
func (k Key) sign(text string) ([]byte, error) {
	switch {
	case k.Private == nil:
		return nil, errors.New("sign a request: no private key")
	case !quotable(k.ID):
		return nil, fmt.Errorf("sign a request: the key id %q cannot be sent", shorten(k.ID))
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

func shorten(s string) string {
	if len(s) > 100 {
		return s[:100] + "..."
	}
	return s
}
