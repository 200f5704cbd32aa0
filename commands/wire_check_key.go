package commands

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/url"

	"tootfill/backfill"
	"tootfill/backfill/home"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/postgres"
)

// checkSigningKey compares the key for signing requests with the one that its server
// publishes.
func (u *setup) checkSigningKey(ctx context.Context) (string, error) {
	id, private, from, err := u.findKey(ctx)
	switch {
	case errors.Is(err, home.ErrNoRight), errors.Is(err, postgres.ErrNoClearKey):
		return "", nil // requests are not signed then
	case err != nil || private == nil:
		return "", err
	}
	published, err := u.publishedKey(ctx, id)
	if err != nil {
		return "", err
	}
	if !published.Equal(&private.PublicKey) {
		return "", &backfill.Hinted{
			Err:  fmt.Errorf("the key in %s is not the one that is published as %s", from, id),
			Hint: backfill.Hint{Kind: backfill.ExportKey},
		}
	}
	return id + ", as it is published", nil
}

// findKey is the key of the settings, or else that of home's database, and where it
// was found; nil if there is none.
func (u *setup) findKey(ctx context.Context) (id string, key *rsa.PrivateKey, from string, err error) {
	if s := u.settings.Signing; s.ID != "" {
		key, err = s.Read()
		return s.ID, key, s.File(), err
	}
	if u.database == nil {
		return "", nil, "", nil
	}
	id, key, err = u.database.InstanceKey(ctx)
	return id, key, "the " + u.database.String(), err
}

// publishedKey asks the server of a key for its public half.
func (u *setup) publishedKey(ctx context.Context, id string) (*rsa.PublicKey, error) {
	at, err := url.Parse(id)
	if err != nil {
		return nil, fmt.Errorf("the id of the key is no address: %s", id)
	}
	o := u.options
	o.Server = at.Scheme + "://" + at.Host
	c, err := mastodon.New(o)
	if err != nil {
		return nil, fmt.Errorf("the server of the key %s: %w", id, err)
	}
	defer c.Close() //nolint:errcheck // it returns nil
	return c.PublishedKey(ctx, id)
}
