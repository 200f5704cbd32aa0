package backfill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// outside is why a post that may be imported does not belong to a run.
const outside = "outside the dates asked for"

// mostReasons is how many reasons are given for an account of which nothing is
// imported.
const mostReasons = 3

// nothingToImport says why there was nothing to import, and what would change that.
// group says that the account is one.
func nothingToImport(entries []SkipCount, group bool) (reason string, hint Hint) {
	counts := slices.SortedStableFunc(slices.Values(entries), func(a, b SkipCount) int { return cmp.Compare(b.Posts, a.Posts) })
	if len(counts) == 0 {
		return "nothing to import", Hint{}
	}
	if counts[0].Reason == boosted {
		hint.Kind = ImportBoosts
		if group {
			hint.Kind = ImportGroup
		}
	}
	var told []string
	more := 0
	for i, c := range counts {
		if i < mostReasons {
			told = append(told, c.String())
		} else {
			more += c.Posts
		}
	}
	if more > 0 {
		told = append(told, fmt.Sprintf("%d for other reasons", more))
	}
	return "nothing to import: " + strings.Join(told, ", "), hint
}
