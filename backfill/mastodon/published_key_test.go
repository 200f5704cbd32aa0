package mastodon

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tootfill/backfill"
)

func TestPublishedKey(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	if err != nil {
		t.Fatal(err)
	}
	key := func(id string) string {
		return `{"id":"https://home.example` + id + `","publicKeyPem":` + string(quoted) + `}`
	}
	const actor, gotosocial = "/actor#main-key", "/users/home.example/main-key"
	for _, c := range []struct{ name, id, path, body, says string }{
		{name: "Mastodon", id: actor, path: "/actor", body: `{"id":"https://home.example/actor","publicKey":` + key(actor) + `}`},
		{name: "several keys", id: actor, path: "/actor", body: `{"publicKey":[` + key("/actor#old") + `,` + key(actor) + `]}`},
		{name: "GoToSocial", id: gotosocial, path: gotosocial, body: `{"publicKey":` + key(gotosocial) + `}`},
		{name: "the key itself", id: gotosocial, path: gotosocial, body: key(gotosocial)},
		{name: "another key", id: actor, path: "/actor", body: `{"publicKey":` + key("/actor#other") + `}`, says: "https://home.example/actor has no key https://home.example/actor#main-key"},
		{name: "no actor", id: actor, path: "/actor", body: `[1]`, says: "is no document with a key"},
		{name: "a broken key", id: actor, path: "/actor", body: `{"publicKey":{"id":"https://home.example/actor#main-key","publicKeyPem":"x"}}`, says: "PEM"},
		{name: "odd types", id: actor, path: "/actor", body: `{"publicKey":7,"id":{},"publicKeyPem":[]}`, says: "has no key"},
		{name: "nothing there", id: actor, path: "/other", says: "404"},
		{name: "a page", id: actor, path: "/actor", body: "<html>", says: "a web page"},
	} {
		s, _ := newFake(t, Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != c.path || !strings.Contains(r.Header.Get("Accept"), "activity+json") {
				reply(w, 404, `{"error":"Record not found"}`)
				return
			}
			reply(w, 200, c.body)
		}))
		got, err := s.PublishedKey(t.Context(), "https://home.example"+c.id)
		if c.says == "" && (err != nil || !got.Equal(&private.PublicKey)) || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	s, w := newFake(t, Options{}, refusing(nil, map[string]reject{"GET /users/a": {401, `{"error":"Request not signed"}`}}))
	var token *backfill.UnauthorizedError
	if _, err := s.PublishedKey(t.Context(), "https://home.example/users/a#main-key"); err == nil || errors.As(err, &token) || !strings.Contains(err.Error(), "Request not signed") {
		t.Errorf("secure mode: %v", err)
	}
	before := len(w.requests())
	if _, err := s.PublishedKey(t.Context(), "https://other.example/actor"); err == nil || len(w.requests()) != before {
		t.Errorf("another server: %v", err)
	}
}
