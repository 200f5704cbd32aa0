package rsakey

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
)

func TestParseGoToSocial(t *testing.T) {
	pem := readFile(t, "openssl-pkcs1.pem")
	want, err := ParseFile(pem)
	if err != nil {
		t.Fatal(err)
	}
	column, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	export, err := json.Marshal(map[string]any{"type": "account", "username": "home.example", "privateKey": string(pem)})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"as in the column": string(column), "with space around": "\n " + string(column) + "\n",
		"of an export": string(export), "the only one of an export": `{"type":"account"}` + "\n" + string(export) + "\n" + `{"type":"domainBlock"}`,
	} {
		got, err := ParseFile([]byte(text))
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sum := sha256.Sum256([]byte("x"))
		signature, err := rsa.SignPKCS1v15(nil, got, crypto.SHA256, sum[:])
		if err == nil {
			err = rsa.VerifyPKCS1v15(&want.PublicKey, crypto.SHA256, sum[:], signature)
		}
		if err != nil {
			t.Errorf("%s: it signs badly: %v", name, err)
		}
	}
	number := want.D.String()
	for name, text := range map[string]string{
		"nothing":          `{}`,
		"the public half":  `{"N":` + want.N.String() + `,"E":65537}`,
		"cut":              string(column[:len(column)/2]),
		"another D":        strings.Replace(string(column), number, "7", 1),
		"null primes":      `{"N":` + want.N.String() + `,"E":65537,"D":7,"Primes":[null,null]}`,
		"zero primes":      `{"N":` + want.N.String() + `,"E":65537,"D":7,"Primes":[0,0]}`,
		"small":            `{"N":15,"E":3,"D":3,"Primes":[3,5]}`,
		"a JWK":            `{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}`,
		"text as a prime":  strings.Replace(string(column), number, `"`+number+`"`, 1),
		"two of an export": string(export) + "\n" + string(export),
		"cut after one":    string(export) + "\n{",
		"no PEM in it":     `{"privateKey":"` + number + `"}`,
	} {
		key, err := ParseFile([]byte(text))
		if err == nil {
			t.Errorf("%s: %v", name, key.Size())
			continue
		}
		if strings.Contains(err.Error(), number[:20]) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}
