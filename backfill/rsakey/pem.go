package rsakey

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"tootfill/backfill/cleantext"
)

var (
	// ErrNotPEM means that a text holds no key in PEM format.
	ErrNotPEM = errors.New("the key is not in PEM format")
	// ErrEncrypted means that a key needs a passphrase.
	ErrEncrypted = errors.New("the key is encrypted with a passphrase")
)

// ParsePEM reads the RSA private key, of any size, in the first block of a PEM text:
// PKCS #1 (BEGIN RSA PRIVATE KEY) or PKCS #8 (BEGIN PRIVATE KEY). Errors quote
// nothing of the text.
func ParsePEM(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, ErrNotPEM
	}
	if block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, ErrEncrypted
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the key is damaged: %w", err)
		}
		return key, nil
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		return asRSA[*rsa.PrivateKey]("key", key, err)
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("this is a public key, but the private one is needed")
	}
	return nil, fmt.Errorf("a PEM block of type %q is not an RSA private key", cleantext.Shorten(block.Type))
}

// ParsePublicPEM reads an RSA public key in PEM, as in an actor's publicKeyPem: PKIX
// (BEGIN PUBLIC KEY), which Mastodon writes, or PKCS #1 (BEGIN RSA PUBLIC KEY).
func ParsePublicPEM(text []byte) (*rsa.PublicKey, error) {
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
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	return asRSA[*rsa.PublicKey]("public key", key, err)
}

// asRSA is a parsed key if it is an RSA key.
func asRSA[K any](what string, parsed any, err error) (key K, _ error) {
	if err != nil {
		return key, fmt.Errorf("the %s is damaged: %w", what, err)
	}
	key, ok := parsed.(K)
	if !ok {
		return key, fmt.Errorf("the %s is a %T and not an RSA key", what, parsed)
	}
	return key, nil
}
