package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const day = 24 * time.Hour

// Retention is how long home keeps posts from other servers, counted from the date
// of the post; 0 means forever. Older posts are deleted the next night, including
// those that were just imported (Mastodon app/lib/vacuum/statuses_vacuum.rb).
func (d *Database) Retention(ctx context.Context) (time.Duration, error) {
	period, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (time.Duration, error) {
		var value string
		err := tx.QueryRow(ctx, "SELECT COALESCE(value, '') FROM settings WHERE var = 'content_cache_retention_period' LIMIT 1").Scan(&value)
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		return retention(value)
	})
	if err != nil {
		return 0, fmt.Errorf("reading Mastodon's content_cache_retention_period: %w", err)
	}
	return period, nil
}

// retention reads a setting, which is a scalar in YAML. Only a whole number of
// days above zero has an effect; a quoted text has none, even if it is a number
// (Mastodon app/models/content_retention_policy.rb).
func retention(value string) (time.Duration, error) {
	text := strings.TrimSpace(value)
	text = strings.TrimSpace(strings.TrimPrefix(text, "---"))
	text = strings.TrimSpace(strings.TrimSuffix(text, "..."))
	if text == "" || text == "~" || text == "null" || text == "nil" || text[0] == '\'' || text[0] == '"' {
		return 0, nil
	}
	days, err := strconv.ParseInt(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) && text[0] != '-':
		return math.MaxInt64, nil
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%s is not a number of days", show(text))
	case days <= 0:
		return 0, nil
	case days > int64(math.MaxInt64/day):
		return math.MaxInt64, nil
	}
	return time.Duration(days) * day, nil
}
