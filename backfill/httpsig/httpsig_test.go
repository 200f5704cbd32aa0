package httpsig

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/rsakey"
)

const testKeyID = "https://home.example/actor#main-key"

func testTime() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func testRequest(t testing.TB) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "https://photos.example/users/a/outbox?page=true&max_id=1%3A2", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func testKey(t testing.TB) Key {
	t.Helper()
	private, err := rsakey.ParseFile(readFile(t, "openssl-pkcs8.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return Key{ID: testKeyID, Private: private}
}

func wantRefusal(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("error = %v, want %v", err, kind)
	}
}

type signing func(Key, *http.Request, time.Time) error

// bothKinds runs a test for each kind of signature.
func bothKinds(t *testing.T, test func(t *testing.T, sign signing)) {
	t.Run("draft", func(t *testing.T) { test(t, Key.SignCavage) })
	t.Run("RFC 9421", func(t *testing.T) { test(t, Key.SignRFC9421) })
}

func TestRoundTrip(t *testing.T) {
	k := testKey(t)
	bothKinds(t, func(t *testing.T, sign signing) {
		for _, target := range []string{"/", "/users/a", "/a%2Fb?x=%3A&y", "/x?", "//double", "/?q=ä"} {
			sent, err := http.NewRequest(http.MethodGet, "https://photos.example"+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := sign(k, sent, testTime()); err != nil {
				t.Fatal(err)
			}
			// As it arrives at the other end.
			came := received(t, "GET "+sent.URL.RequestURI()+" HTTP/1.1", "Host: photos.example")
			came.Header = sent.Header
			if id, err := Verify(came, testTime(), finds(testKeyID, &k.Private.PublicKey)); err != nil || id != testKeyID {
				t.Errorf("%s: %q, %v", target, id, err)
			}
		}
	})
}

func TestTamperedRequests(t *testing.T) {
	k := testKey(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, tamper := range map[string]func(r *http.Request){
		"path":   func(r *http.Request) { r.URL.Path = "/users/b/outbox" },
		"query":  func(r *http.Request) { r.URL.RawQuery = "page=true" },
		"host":   func(r *http.Request) { r.Host = "notes.example" },
		"method": func(r *http.Request) { r.Method = http.MethodHead },
	} {
		bothKinds(t, func(t *testing.T, sign signing) {
			r := testRequest(t)
			if err := sign(k, r, testTime()); err != nil {
				t.Fatal(err)
			}
			tamper(r)
			_, err := Verify(r, testTime(), finds(testKeyID, &k.Private.PublicKey))
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	bothKinds(t, func(t *testing.T, sign signing) {
		r := testRequest(t)
		if err := sign(k, r, testTime()); err != nil {
			t.Fatal(err)
		}
		_, err := Verify(r, testTime(), finds(testKeyID, &other.PublicKey))
		wantRefusal(t, err, ErrInvalid)
		_, err = Verify(r, testTime(), finds("https://other.example/", &k.Private.PublicKey))
		wantRefusal(t, err, ErrKey)
	})
}

func TestTimeWindow(t *testing.T) {
	k := testKey(t)
	bothKinds(t, func(t *testing.T, sign signing) {
		for _, c := range []struct {
			late time.Duration
			good bool
		}{{0, true}, {time.Hour, true}, {65 * time.Minute, true}, {66 * time.Minute, false}, {-time.Hour, true}, {-61 * time.Minute, false}} {
			r := testRequest(t)
			if err := sign(k, r, testTime()); err != nil {
				t.Fatal(err)
			}
			_, err := Verify(r, testTime().Add(c.late), finds(testKeyID, &k.Private.PublicKey))
			if c.good && err != nil || !c.good && !errors.Is(err, ErrTime) {
				t.Errorf("%s later: %v", c.late, err)
			}
		}
	})
}

// Misskey leaves the query out of what it signs.
func TestCavageWithoutQuery(t *testing.T) {
	k := testKey(t)
	r := testRequest(t)
	query := r.URL.RawQuery
	r.URL.RawQuery = ""
	if err := k.SignCavage(r, testTime()); err != nil {
		t.Fatal(err)
	}
	r.URL.RawQuery = query
	if _, err := Verify(r, testTime(), finds(testKeyID, &k.Private.PublicKey)); err != nil {
		t.Error(err)
	}
}

// hs2019 with (created) is what some servers send.
func TestCavageHS2019(t *testing.T) {
	k := testKey(t)
	r := testRequest(t)
	text := "(request-target): get /users/a/outbox?page=true&max_id=1%3A2\nhost: photos.example\n(created): 1772366400"
	signature, err := k.sign(text)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Signature", `keyId="`+testKeyID+`", algorithm="hs2019", created=1772366400, headers="(request-target) host (created)", signature="`+
		bareItem{byteSequence, string(signature)}.base64()+`"`)
	if _, err := Verify(r, testTime(), finds(testKeyID, &k.Private.PublicKey)); err != nil {
		t.Error(err)
	}
}

func (b bareItem) base64() string { return strings.Trim(b.String(), ":") }

func TestRefusedSignatures(t *testing.T) {
	never := func(context.Context, string) (*rsa.PublicKey, error) { t.Error("a key was read"); return nil, ErrKey }
	const date = "Sun, 01 Mar 2026 12:00:00 GMT"
	for _, c := range []struct {
		name   string
		header http.Header
		want   error
	}{
		{"none", http.Header{}, ErrUnsigned},
		{"no key id", http.Header{"Signature": {`signature="AAAA"`}}, ErrMalformed},
		{"not base64", http.Header{"Signature": {`keyId="k",signature="!"`}}, ErrMalformed},
		{"key id twice", http.Header{"Signature": {`keyId="a",keyId="b",signature="AAAA"`}}, ErrMalformed},
		{"rubbish", http.Header{"Signature": {"rubbish"}}, ErrMalformed},
		{"two", http.Header{"Signature": {`keyId="k",signature="AAAA"`, `keyId="k",signature="AAAA"`}}, ErrMalformed},
		{"open quote", http.Header{"Signature": {`keyId="k`}}, ErrMalformed},
		{"too long", http.Header{"Signature": {`keyId="` + strings.Repeat("k", maxHeader) + `"`}}, ErrMalformed},
		{"algorithm", http.Header{"Date": {date}, "Signature": {`keyId="k",algorithm="hmac-sha256",headers="(request-target) host date",signature="AAAA"`}}, ErrMalformed},
		{"no host", http.Header{"Date": {date}, "Signature": {`keyId="k",algorithm="rsa-sha256",headers="(request-target) date",signature="AAAA"`}}, ErrWeak},
		{"no target", http.Header{"Date": {date}, "Signature": {`keyId="k",algorithm="rsa-sha256",headers="host date",signature="AAAA"`}}, ErrWeak},
		{"no date", http.Header{"Date": {date}, "Signature": {`keyId="k",algorithm="rsa-sha256",headers="(request-target) host",signature="AAAA"`}}, ErrWeak},
		{"rubbish date", http.Header{"Date": {"soon"}, "Signature": {`keyId="k",algorithm="rsa-sha256",headers="(request-target) host date",signature="AAAA"`}}, ErrTime},
		{"expired", http.Header{"Date": {date}, "Signature": {`keyId="k",expires=1772360000,headers="(request-target) host date",signature="AAAA"`}}, ErrTime},
		{"input without signature", http.Header{"Signature-Input": {`sig1=("@method" "@target-uri");created=1772366400;keyid="k"`}}, ErrUnsigned},
		{"other label", http.Header{"Signature-Input": {`sig1=("@method" "@target-uri");created=1772366400;keyid="k"`}, "Signature": {"sig2=:AAAA:"}}, ErrMalformed},
		{"two inputs", http.Header{"Signature-Input": {`a=();created=1;keyid="k", b=();created=1;keyid="k"`}, "Signature": {"a=:AAAA:, b=:AAAA:"}}, ErrMalformed},
		{"no created", http.Header{"Signature-Input": {`a=("@method" "@target-uri");keyid="k"`}, "Signature": {"a=:AAAA:"}}, ErrMalformed},
		{"no keyid", http.Header{"Signature-Input": {`a=("@method" "@target-uri");created=1772366400`}, "Signature": {"a=:AAAA:"}}, ErrMalformed},
		{"other algorithm", http.Header{"Signature-Input": {`a=("@method" "@target-uri");created=1772366400;keyid="k";alg="hmac-sha256"`}, "Signature": {"a=:AAAA:"}}, ErrMalformed},
		{"method alone", http.Header{"Signature-Input": {`a=("@method");created=1772366400;keyid="k"`}, "Signature": {"a=:AAAA:"}}, ErrWeak},
		{"target of another request", http.Header{"Signature-Input": {`a=("@method" "@target-uri";req);created=1772366400;keyid="k"`}, "Signature": {"a=:AAAA:"}}, ErrWeak},
		{"expired message", http.Header{"Signature-Input": {`a=("@method" "@target-uri");created=1772366400;expires=1772360000;keyid="k"`}, "Signature": {"a=:AAAA:"}}, ErrTime},
	} {
		r := testRequest(t)
		r.Header = c.header
		if _, err := Verify(r, testTime(), never); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestKeyIDs(t *testing.T) {
	for id, good := range map[string]bool{
		testKeyID: true, "https://home.example/users/a?x=1#main-key": true, "https://home.example/users/home.example/main-key": true,
		"": false, "http://home.example/actor#main-key": false, "home.example": false, "https://": false,
		"https://home.example/\"x": false, "https://home.example/\n": false, "https://hömé.example/": false, "https://u@home.example/": false,
	} {
		if err := CheckID(id); (err == nil) != good {
			t.Errorf("%q: %v", id, err)
		}
	}
	k := testKey(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, k); text != testKeyID {
			t.Errorf("%s shows %s", verb, cleantext.Shorten(text))
		}
	}
	k.ID = "https://home.example/\"x"
	bothKinds(t, func(t *testing.T, sign signing) {
		r := testRequest(t)
		if err := sign(k, r, testTime()); err == nil || r.Header.Get("Signature") != "" {
			t.Errorf("error %v, signed %q", err, r.Header.Get("Signature"))
		}
		if err := sign(Key{ID: testKeyID}, r, testTime()); err == nil {
			t.Error("signed without a key")
		}
	})
}
