package rsakey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"strings"
	"testing"
)

// readFile reads one of the keys that OpenSSL made.
func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParseFile(t *testing.T) {
	public, err := ParsePublicPEM(readFile(t, "openssl-public.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"openssl-pkcs1.pem": "", "openssl-pkcs8.pem": "",
		"openssl-1024.pem":            "1024 bits",
		"openssl-ec.pem":              "not an RSA key",
		"openssl-encrypted.pem":       "passphrase",
		"openssl-encrypted-pkcs1.pem": "passphrase",
		"openssl-public.pem":          "public key",
	} {
		key, err := ParseFile(readFile(t, name))
		if want == "" {
			if err != nil || !key.PublicKey.Equal(public) {
				t.Errorf("%s: %v", name, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if _, err := ParseFile([]byte("bm8ga2V5")); err == nil || !strings.Contains(err.Error(), "PEM format") {
		t.Errorf("Base64 without a header: %v", err)
	}
	for _, text := range []string{
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "",
	} {
		if _, err := ParseFile([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
		if _, err := ParsePublicPEM([]byte(text)); err == nil {
			t.Errorf("%q was read as a public key", text)
		}
	}
}

func TestErrorsRevealNothingOfTheKey(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string][]byte{"elliptic": der, "garbage": []byte("garbage, but well wrapped")} {
		_, err = ParsePEM(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: bytes}))
		if err == nil || strings.Contains(err.Error(), base64.StdEncoding.EncodeToString(bytes)[:8]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
