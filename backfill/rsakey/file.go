package rsakey

import (
	"crypto/rsa"
	"fmt"
)

const (
	// minBits is the size of the keys that Mastodon makes (app/models/account.rb,
	// generate_keys).
	minBits = 2048
	// maxBits bounds the arithmetic on a key that did not come in PEM.
	maxBits = 16384
)

// ParseFile reads the private key in a file, of at least 2048 bits: in PEM as
// [ParsePEM] does, or in GoToSocial's JSON. Errors quote nothing of the file.
func ParseFile(file []byte) (*rsa.PrivateKey, error) {
	if isJSON(file) {
		return parseGoToSocial(file)
	}
	return parseLargePEM(file)
}

func parseLargePEM(file []byte) (*rsa.PrivateKey, error) {
	key, err := ParsePEM(file)
	if err != nil {
		return nil, err
	}
	if bits := key.N.BitLen(); bits < minBits {
		return nil, fmt.Errorf("the key has %d bits, fewer than the minimum of %d", bits, minBits)
	}
	return key, nil
}
