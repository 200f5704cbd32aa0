package rsakey

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// jsonKey is a key as GoToSocial keeps it: in the column private_key of its
// accounts it is a Go rsa.PrivateKey in JSON, and in what `gotosocial admin
// export` writes it is PEM in a member (internal/gtsmodel/account.go and
// internal/trans/model/account.go).
type jsonKey struct {
	N, D   *big.Int
	E      int
	Primes []*big.Int
	PEM    string `json:"privateKey"`
}

func isJSON(file []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(file), []byte("{")) }

func parseGoToSocial(file []byte) (*rsa.PrivateKey, error) {
	k, err := onlyKey(file)
	if err != nil {
		return nil, err
	}
	if k.PEM != "" {
		return parseLargePEM([]byte(k.PEM))
	}
	if k.N == nil || k.D == nil || k.E == 0 || len(k.Primes) < 2 {
		return nil, errors.New("the JSON document has no N, E, D and Primes, as GoToSocial keeps its private keys")
	}
	if bits := k.N.BitLen(); bits < minBits || bits > maxBits {
		return nil, fmt.Errorf("the key has %d bits, but must have %d to %d", bits, minBits, maxBits)
	}
	for _, p := range k.Primes {
		if p == nil || p.Sign() <= 0 {
			return nil, errors.New("the key is damaged: it has no primes")
		}
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: k.N, E: k.E}, D: k.D, Primes: k.Primes}
	if err := key.Validate(); err != nil {
		return nil, fmt.Errorf("the key is damaged: %w", err)
	}
	key.Precompute()
	return key, nil
}

// onlyKey is the only key in a file. An export has one account per line, and we
// cannot guess which of several should sign.
func onlyKey(file []byte) (only jsonKey, err error) {
	found := false
	for documents := json.NewDecoder(bytes.NewReader(file)); documents.More(); {
		var k jsonKey
		if err := documents.Decode(&k); err != nil {
			return only, errors.New("the key is not a GoToSocial key in JSON") // err may quote it
		}
		if k.PEM == "" && k.D == nil {
			continue // an account of another server, or something else
		}
		if found {
			return only, errors.New("the file has the keys of several accounts: leave only the line of the server's own account, whose name is its host")
		}
		only, found = k, true
	}
	return only, nil
}
