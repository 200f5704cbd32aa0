package postgres

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"testing"
)

func testInstanceKey(t *testing.T, i *installation) {
	url := i.database(t)
	d := open(t, optionsFor(t, url))
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte, headers map[string]string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der, Headers: headers}))
	}
	for _, text := range []string{encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil), encode("PRIVATE KEY", pkcs8, nil)} {
		i.run(t, url, "UPDATE accounts SET private_key = $1 WHERE id = -99", text)
		id, got, err := d.InstanceKey(t.Context())
		if err != nil || id != "https://social.home.example/actor#main-key" || !key.Equal(got) {
			t.Errorf("the key is %s, %v", id, err)
		}
	}
	for name, text := range map[string]string{
		"none": "", "no PEM": "{\"p\":\"c2VjcmV0\"}", "encrypted": encode("ENCRYPTED PRIVATE KEY", pkcs8, nil),
		"old encryption": encode("RSA PRIVATE KEY", pkcs8, map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}),
	} {
		i.run(t, url, "UPDATE accounts SET private_key = $1 WHERE id = -99", text)
		if _, _, err := d.InstanceKey(t.Context()); !errors.Is(err, ErrNoClearKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	i.run(t, url, "ALTER TABLE accounts DROP COLUMN private_key")
	if _, _, err := d.InstanceKey(t.Context()); !errors.Is(err, ErrNoClearKey) {
		t.Errorf("without the column: %v", err)
	}
	i.run(t, url, "ALTER TABLE accounts ADD COLUMN private_key text")
	i.run(t, url, "DELETE FROM accounts WHERE id = -99")
	if _, _, err := d.InstanceKey(t.Context()); !errors.Is(err, ErrNoClearKey) {
		t.Errorf("without the instance actor: %v", err)
	}
}
