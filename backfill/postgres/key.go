package postgres

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"

	"tootfill/backfill/rsakey"

	"github.com/jackc/pgx/v5"
)

// ErrNoClearKey: the database has no key of the instance actor that can be read
// without Mastodon's own secrets.
var ErrNoClearKey = errors.New("the key of the instance actor is not stored in the clear")

// instanceActor is the id of the account as which Mastodon signs requests on its
// own behalf (Mastodon app/models/account.rb, INSTANCE_ACTOR_ID).
const instanceActor = -99

// InstanceKey returns the key with which Mastodon signs its own requests to other
// servers, and the id under which they find its public half. Errors are, or wrap,
// ErrNoClearKey (versions after 4.6 may keep it encrypted in another table),
// *AccessError if the role may not read it, and those of every question. They
// contain nothing of the key.
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

// parseKey reads the column private_key, which holds PEM, or what Rails has
// encrypted.
func parseKey(text string) (*rsa.PrivateKey, error) {
	key, err := rsakey.ParsePEM([]byte(text))
	if errors.Is(err, rsakey.ErrNotPEM) || errors.Is(err, rsakey.ErrEncrypted) {
		return nil, ErrNoClearKey
	}
	return key, err
}
