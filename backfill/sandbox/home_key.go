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

// homeKeyID is the id of the key of home's instance actor.
const homeKeyID = "https://" + HomeDomain + "/actor#main-key"

// keyBits is the size of Mastodon's keys (app/models/account.rb, generate_keys).
const keyBits = 2048

// homeKey is the key pair of home's instance actor.
type homeKey struct {
	signing httpsig.Key
	// private is PKCS #8 and public is PKIX, both in PEM.
	private, public []byte
}

// newHomeKey generates a key, which takes a tenth of a second or two. So a sandbox
// does it only once, when home first signs: a start takes a few milliseconds, and
// hundreds of tests never need a key. It is not kept in Options.Dir, since the
// origins that remember it end with the sandbox as well.
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

// newUserKey returns a public key, in PEM, that users show on their profiles. They
// sign nothing here, so its modulus is a random number whose factors nobody knows:
// generating a real pair means searching for primes.
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

// InstanceKey returns the key that home signs its requests with: the id by which
// others find its public half, and the private key in PEM (PKCS #8). To all
// origins, whoever signs with it is home, as an administrator's own tools are.
func (h *Home) InstanceKey() (keyID string, file []byte, err error) {
	key, err := h.sandbox.homeKey()
	return homeKeyID, key.private, err
}
