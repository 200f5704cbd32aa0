package httpsig

import (
	"context"
	"crypto/rsa"
	"errors"
	"net/http"
	"testing"
)

// refusesAll verifies a request with a key that belongs to nobody: whatever the
// headers are, the answer must be one of the refusals.
func refusesAll(t *testing.T, header http.Header) {
	r := testRequest(t)
	r.Header = header
	find := func(context.Context, string) (*rsa.PublicKey, error) { return nil, errors.New("no key") }
	_, err := Verify(r, testTime(), find)
	for _, kind := range []error{ErrUnsigned, ErrMalformed, ErrWeak, ErrTime, ErrKey} {
		if errors.Is(err, kind) {
			return
		}
	}
	t.Errorf("%q: %v", header, err)
}

func FuzzCavageSignature(f *testing.F) {
	f.Add(basicSignature, "Sun, 05 Jan 2014 21:31:40 GMT")
	f.Add(`keyId="a\"b",created=1,headers="(created) (expires)",signature=""`, "")
	f.Add(`Signature keyId="k",signature="AAAA",`, "x")
	f.Fuzz(func(t *testing.T, header, date string) {
		refusesAll(t, http.Header{"Signature": {header}, "Date": {date}})
		s, err := parseCavage(header)
		if err != nil {
			return
		}
		if s.keyID() == "" || len(s.params) > len(header) {
			t.Errorf("%q was read as %v", header, s.params)
		}
	})
}

func FuzzMessageSignature(f *testing.F) {
	f.Add(`sig1=("@method" "@target-uri");created=1772366400;keyid="k";alg="rsa-v1_5-sha256"`, "sig1=:AAAA:")
	f.Add(`a=("x";sf;key="a" :AAAA: ?0 tok/en -15);created=001;keyid="a\"b"`, "a=:AAAA:, b=?1, c")
	f.Add("sig=(", "sig=:")
	f.Fuzz(func(t *testing.T, input, signature string) {
		refusesAll(t, http.Header{"Signature-Input": {input}, "Signature": {signature}})
		members, err := parseDictionary(input)
		if err != nil {
			return
		}
		for _, m := range members {
			if m.list == nil {
				continue
			}
			// What is written out again must read the same.
			text := m.key + "=" + m.list.String()
			again, err := parseDictionary(text)
			if err != nil || len(again) != 1 || again[0].list == nil || again[0].list.String() != m.list.String() {
				t.Errorf("%q became %q: %v", input, text, err)
			}
		}
	})
}
