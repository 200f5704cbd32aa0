package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// statusIDs is what telling the ids of posts needs in addition.
func statusIDs() (tables, columns []string) {
	return pairs([]readable{{"statuses", []string{"id"}}})
}

// StatusIDs returns the ids at home of those of the URIs whose posts home has. If the
// role may not, the error is an *AccessError with a hint that names the right.
func (d *Database) StatusIDs(ctx context.Context, uris []string) (map[string]int64, error) {
	const query = `SELECT uri, id FROM statuses WHERE uri IS NOT NULL AND uri = ANY($1::text[]) AND deleted_at IS NULL`
	ids := make(map[string]int64, len(uris))
	for batch := range storableBatches(uris) {
		_, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
			rows, err := tx.Query(ctx, query, batch)
			if err != nil {
				return struct{}{}, err
			}
			var uri string
			var id int64
			_, err = pgx.ForEachRow(rows, []any{&uri, &id}, func() error {
				ids[uri] = id
				return nil
			})
			return struct{}{}, err
		})
		if err = d.detail(ctx, err, statusIDs); err != nil {
			return nil, fmt.Errorf("reading the ids of posts: %w", err)
		}
	}
	return ids, nil
}
