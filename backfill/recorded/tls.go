package recorded

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net/http/httptest"
	"testing"
	"time"
)

// Serve plays on a loopback address over TLS, for all hosts of the exchanges, until
// the test ends. roots hold its certificate.
func (p *Playback) Serve() (address string, roots *x509.CertPool) {
	p.t.Helper()
	cert := certificate(p.t, p.hosts())
	s := httptest.NewUnstartedServer(p)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.StartTLS()
	p.t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	return s.Listener.Addr().String(), roots
}

func (p *Playback) hosts() []string {
	var hosts []string
	for _, e := range p.exchanges {
		hosts = append(hosts, e.URL.Hostname())
	}
	return hosts
}

func certificate(t testing.TB, hosts []string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// valid at any time that a test's clock may show
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: hosts[0]}, DNSNames: hosts,
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}
