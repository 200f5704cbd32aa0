package ledger

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"tootfill/backfill/home"
)

// WaitingFollows are the accounts that wait for this process or, if the ledger was
// opened for reading, for any; see [home.FollowLedger]. Their order is settled at the
// beginning.
func (l *Ledger) WaitingFollows(ctx context.Context, list string) iter.Seq2[home.NewFollow, error] {
	return func(yield func(home.NewFollow, error) bool) {
		fail := func(err error) {
			yield(home.NewFollow{}, fmt.Errorf("reading the new follows: %w", l.db.Explain(ctx, err)))
		}
		ids, follower, err := l.waitingFollows(ctx, list)
		if err != nil {
			fail(err)
			return
		}
		for batch := range slices.Chunk(ids, rowBatch) {
			waiting, err := l.newFollows(ctx, batch, follower)
			if err != nil {
				fail(err)
				return
			}
			for _, f := range waiting {
				if !yield(f, nil) {
					return
				}
			}
		}
	}
}

// withFollowers is the version since which tables tell who follows.
const withFollowers = 11

// waitingFollows are the ids of the accounts that wait, in order: the latest follow of
// each follower comes first, then the second latest of each. It also returns how the
// tables tell the follower.
func (l *Ledger) waitingFollows(ctx context.Context, list string) (ids []int64, follower string, err error) {
	follower = "follower"
	if l.db.ReadOnly() {
		version, err := l.db.Version(ctx)
		if err != nil || version < withFollows {
			return nil, "", err
		}
		if version < withFollowers {
			follower = "''"
		}
	}
	self, err := l.db.Self()
	if err != nil {
		return nil, "", err
	}
	q := `SELECT new_follows.id FROM new_follows JOIN follow_lists ON follow_lists.id = list_id
		WHERE home = ?1 AND name = ?2 AND waiting AND (?3 = '' OR owner_id = ?3)
		ORDER BY row_number() OVER (PARTITION BY ` + follower + ` ORDER BY follow DESC, new_follows.id), follow DESC, new_follows.id`
	rows, err := l.db.QueryContext(ctx, q, l.home, list, self)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, "", err
		}
		ids = append(ids, id)
	}
	return ids, follower, rows.Err()
}

// newFollows are those with the ids that still wait.
func (l *Ledger) newFollows(ctx context.Context, ids []int64, follower string) (waiting []home.NewFollow, err error) {
	q := `SELECT handle, ` + follower + ` FROM json_each(?1) AS k CROSS JOIN new_follows ON new_follows.id = CAST(k.value AS BIGINT)
		WHERE waiting ORDER BY key`
	rows, err := l.db.QueryContext(ctx, q, list(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var handle string
		var f home.NewFollow
		if err := rows.Scan(&handle, &f.Follower); err != nil {
			return nil, err
		}
		f.Account = parseStored(handle)
		waiting = append(waiting, f)
	}
	return waiting, rows.Err()
}
