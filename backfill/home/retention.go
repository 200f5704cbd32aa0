package home

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tootfill/backfill"
)

// Retention tells how long home keeps the posts of other servers.
type Retention interface {
	// Retention counts from the date of a post; 0 means for ever.
	Retention(ctx context.Context) (time.Duration, error)
}

// RetentionWarning says that home will soon delete what a run back to since
// imports; "" if it will not. The zero time means from the beginning.
func RetentionWarning(ctx context.Context, r Retention, home string, since, now time.Time) (text string, hint backfill.Hint, err error) {
	kept, err := r.Retention(ctx)
	if err != nil || kept <= 0 || !since.IsZero() && !since.Before(now.Add(-kept)) {
		return "", backfill.Hint{}, err
	}
	days := int(kept / (24 * time.Hour))
	age := fmt.Sprintf("%d days", days)
	if days == 1 {
		age = "1 day"
	}
	text = home + " deletes posts from other servers that are older than " + age + ": older ones imported now will be gone by tomorrow"
	return text, backfill.Hint{Kind: backfill.YoungerOnly, About: strconv.Itoa(days)}, nil
}
