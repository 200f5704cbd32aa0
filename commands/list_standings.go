package commands

import (
	"context"

	"tootfill/backfill"
)

// withStandings asks home how the token's account stands to the accounts of a list,
// many at a time, where the list does not tell. Of accounts that are left out it asks
// nothing. Where home gives no answer, each account is asked about when its turn comes.
func (s *system) withStandings(ctx context.Context, list candidates, out backfill.Exclusions) candidates {
	return func(yield func(candidate, error) bool) {
		batch := make([]candidate, 0, standingsAtOnce)
		pass := func() bool {
			s.askStandings(ctx, batch, out)
			for _, t := range batch {
				if !yield(t, nil) {
					return false
				}
			}
			batch = batch[:0]
			return true
		}
		for t, err := range list {
			if err != nil {
				if pass() {
					yield(t, err)
				}
				return
			}
			if batch = append(batch, t); len(batch) == cap(batch) && !pass() {
				return
			}
		}
		pass()
	}
}

// askStandings completes targets in one request.
func (s *system) askStandings(ctx context.Context, batch []candidate, out backfill.Exclusions) {
	var ids []string
	for _, t := range batch {
		if t.Standing == nil && t.Account != nil && t.Account.ID != "" && !t.Account.SuspendedByHome && out.Account(t.Handle, t.Account.Origins()...) == nil {
			ids = append(ids, t.Account.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	standings, err := backfill.Asked(ctx, s.patience, func() (map[string]backfill.Standing, error) { return s.home.Standings(ctx, ids) })
	if err != nil {
		return // whoever asks about a single account sees why
	}
	for i, t := range batch {
		if t.Standing != nil || t.Account == nil {
			continue
		}
		if standing, found := standings[t.Account.ID]; found {
			batch[i].Standing = &standing
		}
	}
}
