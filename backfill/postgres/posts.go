package postgres

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// uriBatch is how many URIs one query asks for.
const uriBatch = 500

// The partial unique index on uri, index_statuses_on_uri, answers both.
const (
	heldQuery = `SELECT uri FROM statuses WHERE uri IS NOT NULL AND uri = ANY($1::text[]) AND deleted_at IS NULL`
	deadQuery = `SELECT uri FROM tombstones WHERE uri = ANY($1::text[])
		UNION SELECT uri FROM statuses WHERE uri IS NOT NULL AND uri = ANY($1::text[]) AND deleted_at IS NOT NULL`
)

// HeldURIs returns those of the URIs whose posts home has.
func (d *Database) HeldURIs(ctx context.Context, uris []string) (map[string]bool, error) {
	held, err := d.which(ctx, heldQuery, uris)
	if err != nil {
		return nil, fmt.Errorf("reading which posts are held: %w", err)
	}
	return held, nil
}

// Tombstones returns those of the URIs whose posts were deleted on home. Besides
// posts with a tombstone, these are posts that a moderator deleted and that
// Mastodon keeps, hidden, for a while: it cannot import them again either
// (Mastodon app/models/status.rb, discard; the index on uri is unique).
func (d *Database) Tombstones(ctx context.Context, uris []string) (map[string]bool, error) {
	dead, err := d.which(ctx, deadQuery, uris)
	if err != nil {
		return nil, fmt.Errorf("reading which posts were deleted: %w", err)
	}
	return dead, nil
}

// which returns those of the URIs that a query finds.
func (d *Database) which(ctx context.Context, query string, uris []string) (map[string]bool, error) {
	found := map[string]bool{}
	for batch := range storableBatches(uris) {
		uris, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) ([]string, error) {
			rows, err := tx.Query(ctx, query, batch)
			if err != nil {
				return nil, err
			}
			return pgx.CollectRows(rows, pgx.RowTo[string])
		})
		if err != nil {
			return nil, err
		}
		for _, uri := range uris {
			found[uri] = true
		}
	}
	return found, nil
}

// storableBatches yields the URIs that PostgreSQL can store, a batch at a time.
func storableBatches(uris []string) iter.Seq[[]string] {
	return slices.Chunk(slices.DeleteFunc(slices.Clone(uris), func(uri string) bool { return !storable(uri) }), uriBatch)
}

// storable reports whether PostgreSQL can store a text at all. Asking for any
// other text is an error, and other servers choose the URIs.
func storable(text string) bool {
	return utf8.ValidString(text) && !strings.Contains(text, "\x00")
}
