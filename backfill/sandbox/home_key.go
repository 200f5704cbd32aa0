package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"

	"tootfill/backfill/httpsig"
)

// homeKeyID is the key of home's instance actor.
const homeKeyID = "https://" + HomeDomain + "/actor#main-key"

// keyBits is the size of Mastodon's keys (app/models/account.rb, generate_keys).
const keyBits = 2048

// homeKey is the key pair of home's instance actor.
type homeKey struct {
	signing httpsig.Key
	// private is PKCS #8 and public is PKIX, both in PEM.
	private, public []byte
}

// newHomeKey draws a key, which takes a tenth of a second or two. So every
// sandbox does it once and when home first signs: a start takes a few
// milliseconds, and hundreds of tests never need a key. It is not kept in
// Options.Dir, since the origins that remember it end with the sandbox, too.
func newHomeKey() (homeKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return homeKey{}, fmt.Errorf("drawing the key of the sandbox's home: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return homeKey{}, fmt.Errorf("the key of the sandbox's home: %w", err)
	}
	public, err := publicPEM(&private.PublicKey)
	return homeKey{
		signing: httpsig.Key{ID: homeKeyID, Private: private},
		private: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		public:  public,
	}, err
}

// newUserKey is a public key, in PEM, that users show on their profiles. They sign
// nothing here, so it is a number whose factors nobody knows: a pair would have to
// be searched for.
func newUserKey() (string, error) {
	modulus := make([]byte, keyBits/8)
	_, _ = rand.Read(modulus) // never fails, says crypto/rand
	modulus[0] |= 0x80
	modulus[len(modulus)-1] |= 1
	file, err := publicPEM(&rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537})
	return string(file), err
}

func publicPEM(key *rsa.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("a public key of the sandbox: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// InstanceKey is the key with which home signs its requests: the id under which
// others find its public half, and the private key in PEM (PKCS #8). Whoever
// signs with it is home to all origins, as an administrator's own tools are.
func (h *Home) InstanceKey() (keyID string, file []byte, err error) {
	key, err := h.sandbox.homeKey()
	return homeKeyID, key.private, err
}
