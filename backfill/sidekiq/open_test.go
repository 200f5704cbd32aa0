package sidekiq

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/testservers"
)

func TestOpenByEnv(t *testing.T) {
	server := testservers.StartRedis(t, "--requirepass", "p@ss/w:rd+1", "--databases", "4")
	at, err := ParseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(at.Address)
	if err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string]map[string]string{
		"parts": {"REDIS_HOST": host, "REDIS_PORT": port, "REDIS_PASSWORD": "p@ss/w:rd+1", "REDIS_DB": "3"},
		"url":   {"SIDEKIQ_REDIS_URL": "redis://:p%40ss%2Fw%3Ard%2B1@" + at.Address + "/3"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := OptionsFromEnv(func(name string) string { return env[name] })
			if err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Overview(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	at.DB = 9
	if _, err := Open(t.Context(), Options{Redis: at}); err == nil {
		t.Error("no password is accepted")
	}
}

func TestOpenBySentinel(t *testing.T) {
	server := testservers.StartRedis(t)
	o, err := OptionsFromEnv(func(name string) string {
		return map[string]string{
			"REDIS_SENTINELS":       "127.0.0.1:1," + testservers.Sentinel(t, "mymaster", server),
			"REDIS_SENTINEL_MASTER": "mymaster",
		}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{clock: backfilltest.NewClock()}
	f.Sidekiq = f.open(t, o)
	if _, err := f.Overview(t.Context()); err != nil {
		t.Error(err)
	}
	o.Redis.Master = "another"
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("a master that the sentinel does not know: %v", err)
	}
}

// TestOpenByTLS puts TLS in front of a Redis.
func TestOpenByTLS(t *testing.T) {
	server := testservers.StartRedis(t)
	at, err := ParseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certified.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go forward(l, at.Address)
	at, err = ParseURL("rediss://" + l.Addr().String() + "/0")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	f := &fixture{clock: backfilltest.NewClock()}
	f.Sidekiq = f.open(t, Options{Redis: at, roots: roots})
	if _, err := f.Overview(t.Context()); err != nil {
		t.Error(err)
	}
	var unknown *tls.CertificateVerificationError
	if _, err := Open(t.Context(), Options{Redis: at}); !errors.As(err, &unknown) {
		t.Errorf("a certificate of nobody: %v", err)
	}
}

// forward passes everyone who connects to l on to the address.
func forward(l net.Listener, address string) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", address)
		if err != nil {
			in.Close()
			continue
		}
		go func() { io.Copy(out, in); out.Close() }()
		go func() { io.Copy(in, out); in.Close() }()
	}
}

func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Open(ctx, Options{Redis: Redis{Network: "tcp", Address: "127.0.0.1:1"}})
	var unavailable *backfill.UnavailableError
	if !errors.Is(err, context.Canceled) || errors.As(err, &unavailable) {
		t.Errorf("%v", err)
	}
	if _, err := Open(t.Context(), Options{}); err == nil {
		t.Error("no address is accepted")
	}
}
