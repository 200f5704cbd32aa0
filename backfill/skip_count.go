package backfill

import "fmt"

// SkipCount is how many entries of a listing were skipped for a reason.
type SkipCount struct {
	Reason string
	Posts  int
}

// String is such as "12 boosts".
func (c SkipCount) String() string {
	switch c.Reason {
	case boosted:
		if c.Posts > 1 {
			return fmt.Sprintf("%d boosts", c.Posts)
		}
		return "1 boost"
	case empty:
		return fmt.Sprintf("%d without content", c.Posts)
	case undated:
		return fmt.Sprintf("%d without a date", c.Posts)
	}
	return fmt.Sprintf("%d %s", c.Posts, c.Reason)
}
