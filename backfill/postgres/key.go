package postgres

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrNoClearKey: the database holds no key of the instance actor that can be
// read without Mastodon's own secrets.
var ErrNoClearKey = errors.New("the key of the instance actor is not stored in the clear")

// instanceActor is the id of the account by which Mastodon signs what it asks
// on its own behalf (Mastodon app/models/account.rb, INSTANCE_ACTOR_ID).
const instanceActor = -99

// InstanceKey is the key with which Mastodon signs its own requests to other
// servers, and the id under which they find its public half. Errors are, or
// wrap, ErrNoClearKey (versions after 4.6 may keep it encrypted in another
// table), *AccessError where the role may not read it, and those of every
// question. They hold nothing of the key.
func (d *Database) InstanceKey(ctx context.Context) (keyID string, key *rsa.PrivateKey, err error) {
	text, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (string, error) {
		var text string
		err := tx.QueryRow(ctx, "SELECT COALESCE(private_key, '') FROM accounts WHERE id = $1", instanceActor).Scan(&text)
		if errors.Is(err, pgx.ErrNoRows) {
			return "", ErrNoClearKey
		}
		return text, err
	})
	var gone *SchemaError
	var closed *AccessError
	switch {
	case err == nil:
		key, err = parseKey(text)
	case errors.As(err, &gone):
		err = ErrNoClearKey
	case errors.As(err, &closed):
		err = d.accessError("accounts", []string{"private_key"}, "")
	}
	if err != nil {
		return "", nil, fmt.Errorf("reading the key of the instance actor: %w", err)
	}
	return "https://" + d.options.WebDomain + "/actor#main-key", key, nil
}

// parseKey reads a PEM text. Mastodon writes PKCS #1 (OpenSSL's to_pem, up to
// version 2 of it) or PKCS #8.
func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, ErrNoClearKey
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("it cannot be parsed: %w", err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("it is of the kind %T and not an RSA key", parsed)
	}
	return key, nil
}
