package httpsig

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/rsakey"
)

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func publicKey(t testing.TB, name string) *rsa.PublicKey {
	t.Helper()
	key, err := rsakey.ParsePublicPEM(readFile(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// finds returns a FindKey that finds only this key.
func finds(id string, key *rsa.PublicKey) FindKey {
	return func(_ context.Context, asked string) (*rsa.PublicKey, error) {
		if asked != id {
			return nil, os.ErrNotExist
		}
		return key, nil
	}
}

func received(t testing.TB, lines ...string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.Join(lines, "\r\n") + "\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// cavageKey is the key of draft-cavage-http-signatures-12, appendix C; it is
// too small for [rsakey.ParseFile].
func cavageKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode(readFile(t, "cavage-appendix-c.pem"))
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func cavageRequest(t testing.TB) *http.Request {
	return received(t, "POST /foo?param=value&pet=dog HTTP/1.1", "Host: example.com", "Date: Sun, 05 Jan 2014 21:31:40 GMT",
		"Content-Type: application/json", "Digest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=", "Content-Length: 0")
}

func cavageTime() time.Time { return time.Date(2014, 1, 5, 21, 31, 40, 0, time.UTC) }

// basicSignature is the signature in the draft's appendix C.2, verbatim.
const basicSignature = `keyId="Test",algorithm="rsa-sha256",headers="(request-target) host date",signature="` +
	`qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0="`

// draft-cavage-http-signatures-12, appendix C.2.
func TestCavageBasicVector(t *testing.T) {
	key := cavageKey(t)
	r := cavageRequest(t)
	if err := (Key{ID: "Test", Private: key}).SignCavage(r, cavageTime()); err != nil {
		t.Fatal(err)
	}
	if got := r.Header.Get("Signature"); got != basicSignature {
		t.Errorf("Signature: %s", got)
	}
	if got := r.Header.Get("Date"); got != "Sun, 05 Jan 2014 21:31:40 GMT" {
		t.Errorf("Date: %s", got)
	}
	if id, err := Verify(r, cavageTime(), finds("Test", &key.PublicKey)); err != nil || id != "Test" {
		t.Errorf("verify: %q, %v", id, err)
	}
}

// draft-cavage-http-signatures-12, appendix C.1: the signature is valid, but covers
// only the date, which is too little.
func TestCavageDefaultVector(t *testing.T) {
	header := `keyId="Test",algorithm="rsa-sha256",signature="` +
		`SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM="`
	s, err := parseCavage(header)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.verify(cavageRequest(t), &cavageKey(t).PublicKey); err != nil {
		t.Error(err)
	}
	wantRefusal(t, s.check(cavageRequest(t), cavageTime()), ErrWeak)
}

// rfcRequest is test-request of RFC 9421, appendix B.2.
func rfcRequest(t testing.TB, input, signature string) *http.Request {
	r := received(t, "POST /foo?param=Value&Pet=dog HTTP/1.1", "Host: example.com", "Date: Tue, 20 Apr 2021 02:07:55 GMT",
		"Content-Type: application/json",
		"Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
		"Content-Length: 18")
	r.Header.Set("Signature-Input", input)
	r.Header.Set("Signature", signature)
	return r
}

// RFC 9421, appendices B.2.1 and B.2.3. Their signatures use another algorithm
// (rsa-pss-sha512); if they are valid, so are the signature bases.
func TestRFC9421BaseVectors(t *testing.T) {
	key := publicKey(t, "rfc9421-test-key-rsa-pss.pem")
	for _, c := range []struct{ name, input, signature string }{
		{"B.2.1", `sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"`,
			"sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==:"},
		{"B.2.3", `sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"`,
			"sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==:"},
	} {
		r := rfcRequest(t, c.input, c.signature)
		s, err := parseMessage(r.Header["Signature-Input"], r.Header["Signature"])
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		base, err := s.base(r)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		sum := sha512.Sum512([]byte(base))
		if err := rsa.VerifyPSS(key, crypto.SHA512, sum[:], s.signature, &rsa.PSSOptions{SaltLength: 64}); err != nil {
			t.Errorf("%s: %v; base %q", c.name, err, base)
		}
		wantRefusal(t, s.check(r, time.Unix(1618884473, 0)), ErrWeak)
	}
}

// RFC 9421, section 4.3: the proxy's signature is rsa-v1_5-sha256, made with
// test-key-rsa.
func TestRFC9421ProxyVector(t *testing.T) {
	r := received(t, "POST /foo?param=Value&Pet=dog HTTP/1.1", "Host: origin.host.internal.example", "Content-Type: application/json",
		"Content-Length: 18", "Forwarded: for=192.0.2.123;host=example.com;proto=https",
		"Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
		`Signature-Input: proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540`,
		"Signature: proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==:")
	s, err := parseMessage(r.Header["Signature-Input"], r.Header["Signature"])
	if err != nil {
		t.Fatal(err)
	}
	key := publicKey(t, "rfc9421-test-key-rsa.pem")
	if err := s.verify(r, key); err != nil || s.keyID() != "test-key-rsa" {
		t.Errorf("key %q: %v", s.keyID(), err)
	}
	r.Header.Set("Forwarded", "for=192.0.2.124")
	wantRefusal(t, s.verify(r, key), ErrInvalid)
}

// Both kinds, against signatures that OpenSSL made over texts written by hand.
func TestOpenSSLVectors(t *testing.T) {
	private, err := rsakey.ParseFile(readFile(t, "openssl-pkcs8.pem"))
	if err != nil {
		t.Fatal(err)
	}
	k := Key{ID: testKeyID, Private: private}
	r := testRequest(t)
	if err := k.SignCavage(r, testTime()); err != nil {
		t.Fatal(err)
	}
	want := `keyId="` + testKeyID + `",algorithm="rsa-sha256",headers="(request-target) host date",signature="` + string(readFile(t, "openssl-cavage.sig")) + `"`
	if got := r.Header.Get("Signature"); got != want {
		t.Errorf("draft: %s", got)
	}
	if err := k.SignRFC9421(r, testTime()); err != nil {
		t.Fatal(err)
	}
	if got := r.Header.Get("Signature"); got != "sig1=:"+string(readFile(t, "openssl-rfc9421.sig"))+":" {
		t.Errorf("RFC 9421: %s", got)
	}
}
