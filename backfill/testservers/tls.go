package testservers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// WriteCertificate writes a certificate for localhost, and its key, into a folder of a
// PostgreSQL as server.crt and server.key, and returns the path of the certificate, which
// has signed itself. PostgreSQL finds them there once ssl is on.
func (s *Server) WriteCertificate(t testing.TB) (root string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(s.SocketDir, "data")
	root = filepath.Join(folder, "server.crt")
	for path, block := range map[string]*pem.Block{
		root:                                {Type: "CERTIFICATE", Bytes: certificate},
		filepath.Join(folder, "server.key"): {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		account, err := postgresAccount()
		if err == nil && account != nil {
			err = os.Chown(path, int(account.Uid), int(account.Gid))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}
