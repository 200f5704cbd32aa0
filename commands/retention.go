package commands

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tootfill/backfill"
	"tootfill/commands/report"
)

// retention tells for how long home keeps the posts of other servers.
type retention interface {
	// Retention counts from the date of a post; 0 means for ever.
	Retention(ctx context.Context) (time.Duration, error)
}

// retentionWarning says that home will soon delete what a run imports that goes
// back to since, the zero time being the beginning; "" if it will not.
func retentionWarning(ctx context.Context, r retention, home string, since, now time.Time) (text string, hint backfill.Hint, err error) {
	kept, err := r.Retention(ctx)
	if err != nil || kept <= 0 || !since.IsZero() && !since.Before(now.Add(-kept)) {
		return "", backfill.Hint{}, err
	}
	days := int(kept / (24 * time.Hour))
	return fmt.Sprintf("%s deletes posts from other servers that are older than %s: older ones imported now will be gone by tomorrow",
			home, report.Plural(days, "day", "days")),
		backfill.Hint{Kind: backfill.YoungerOnly, About: strconv.Itoa(days)}, nil
}
