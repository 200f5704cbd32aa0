package sandbox

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// homeKeyID is the key of home's instance actor.
const homeKeyID = "https://" + HomeDomain + "/actor#main-key"

const signedHeaders = "(request-target) host date"

// homeKey is the key of home's instance actor. It is derived, not drawn, so
// that the sandbox is the same every time; it guards nothing.
func homeKey() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(homeKeyID))
	return ed25519.NewKeyFromSeed(seed[:])
}

func homePublicKeyPEM() string {
	der, err := x509.MarshalPKIXPublicKey(homeKey().Public())
	if err != nil {
		return ""
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// sign adds a Cavage signature to a request of home. Mastodon's own is over the
// same headers (request.rb), with RSA.
func sign(r *http.Request, now time.Time) {
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	sig := ed25519.Sign(homeKey(), []byte(signingString(r, r.URL.Host)))
	r.Header.Set("Signature", fmt.Sprintf(`keyId="%s",algorithm="hs2019",headers="%s",signature="%s"`,
		homeKeyID, signedHeaders, base64.StdEncoding.EncodeToString(sig)))
}

func signingString(r *http.Request, host string) string {
	return fmt.Sprintf("(request-target): %s %s\nhost: %s\ndate: %s",
		strings.ToLower(r.Method), r.URL.RequestURI(), host, r.Header.Get("Date"))
}

// verify says what is wrong with a request's signature; empty if nothing is.
// The words are Mastodon's (signature_verification.rb).
func verify(r *http.Request, now time.Time) string {
	header := r.Header.Get("Signature")
	if header == "" {
		return "Request not signed"
	}
	if signatureParam(header, "keyId") != homeKeyID {
		return "Public key not found for key " + signatureParam(header, "keyId")
	}
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil || now.Sub(date).Abs() > time.Hour {
		return "Signed request date outside acceptable time window"
	}
	sig, err := base64.StdEncoding.DecodeString(signatureParam(header, "signature"))
	public, ok := homeKey().Public().(ed25519.PublicKey)
	if err != nil || !ok || signatureParam(header, "headers") != signedHeaders ||
		!ed25519.Verify(public, []byte(signingString(r, r.Host)), sig) {
		return "Verification failed for " + HomeDomain
	}
	return ""
}

func signatureParam(header, name string) string {
	_, rest, ok := strings.Cut(header, name+`="`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
