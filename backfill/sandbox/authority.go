package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"
)

// authority signs the certificates of the sandbox's servers.
type authority struct {
	cert       *x509.Certificate
	key        *ecdsa.PrivateKey
	begin, end time.Time

	mu     sync.Mutex
	serial int64
	leaves map[string]*tls.Certificate
	// expired holds the names whose certificates have expired.
	expired map[string]bool
}

// newAuthority makes an authority whose certificates are valid both at now, the
// sandbox's time, and at the process's own time, since a client may check either.
func newAuthority(now time.Time) (*authority, error) {
	begin, end := now, time.Now()
	if end.Before(begin) {
		begin, end = end, begin
	}
	a := &authority{
		begin:   begin.AddDate(-2, 0, 0),
		end:     end.AddDate(20, 0, 0),
		serial:  1,
		leaves:  make(map[string]*tls.Certificate),
		expired: make(map[string]bool),
	}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(a.serial),
		Subject:               pkix.Name{CommonName: "tootfill sandbox"},
		NotBefore:             a.begin,
		NotAfter:              a.end,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
		// Limited to .example, it cannot harm anyone who trusts it by mistake.
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"example"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	a.cert, err = x509.ParseCertificate(der)
	return a, err
}

// certificate returns the certificate for a name, making it on the first call.
func (a *authority) certificate(name string) (*tls.Certificate, error) {
	name = strings.ToLower(name)
	if !strings.HasSuffix(name, ".example") {
		return nil, fmt.Errorf("no certificate for %q", name)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if leaf := a.leaves[name]; leaf != nil {
		return leaf, nil
	}
	leaf, err := a.sign(name)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate for %s: %w", name, err)
	}
	a.leaves[name] = leaf
	return leaf, nil
}

// expire replaces the certificate of a name with an expired one.
func (a *authority) expire(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expired[name] = true
	delete(a.leaves, name)
}

func (a *authority) sign(name string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	a.serial++
	end := a.end
	if a.expired[name] {
		end = a.begin.AddDate(0, 3, 0)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.serial),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    a.begin,
		NotAfter:     end,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}
