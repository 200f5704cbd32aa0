package ledger

import (
	"fmt"
	"slices"

	"tootfill/backfill"
)

// outcomes returns the outcomes of posts. An outcome is stored as its place in this
// list, in which none may ever move.
func outcomes() []backfill.Outcome {
	return []backfill.Outcome{backfill.Listed, backfill.Imported, backfill.Held, backfill.Refused, backfill.Failed}
}

// storedOutcome is how an outcome is stored. That of a dry run is not.
func storedOutcome(o backfill.Outcome) (int, error) {
	code := slices.Index(outcomes(), o)
	if code < 0 {
		return 0, fmt.Errorf("the outcome %q is not one to be recorded", o)
	}
	return code, nil
}

func parseOutcome(code int) (backfill.Outcome, error) {
	known := outcomes()
	if code < 0 || code >= len(known) {
		return "", fmt.Errorf("an outcome of a post makes no sense: %d", code)
	}
	return known[code], nil
}

// OutcomeCode makes the number that stands for an outcome of the text that stood for
// it before version 6.
const OutcomeCode = `CASE outcome WHEN 'listed' THEN 0 WHEN 'imported' THEN 1 WHEN 'held' THEN 2 WHEN 'refused' THEN 3 ELSE 4 END`
