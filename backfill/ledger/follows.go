package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

var _ home.FollowLedger = (*Ledger)(nil)

// FollowMark is where the next look at a list of follows begins; see
// [home.FollowLedger].
func (l *Ledger) FollowMark(ctx context.Context, list string) (home.Mark, error) {
	if lacks, err := l.lacksFollows(ctx); err != nil || lacks {
		return home.Mark{}, err
	}
	var mark home.Mark
	err := l.read(ctx, readingSeen, func(ctx context.Context) (err error) {
		mark, err = followMark(l.db.QueryRowContext(ctx, findMark, l.home, list))
		return err
	})
	return mark, err
}

// readingSeen is what is being done when follows are compared with those seen before.
const readingSeen = "reading which follows were seen"

const findMark = `SELECT mark FROM follow_lists WHERE home = ? AND name = ?`

func followMark(row *sql.Row) (home.Mark, error) {
	var id sql.NullInt64
	err := row.Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return home.Mark{Looked: id.Valid, ID: id.Int64}, err
}

// withFollows is the version since which tables have the follows.
const withFollows = 8

// lacksFollows reports whether the ledger was opened for reading in a version
// without the tables of follows.
func (l *Ledger) lacksFollows(ctx context.Context) (bool, error) {
	return l.lacks(ctx, readingSeen, withFollows)
}

// Unseen returns the follows that are new; see [home.FollowLedger].
func (l *Ledger) Unseen(ctx context.Context, list string, follows []home.Follow) ([]home.Follow, error) {
	if lacks, err := l.lacksFollows(ctx); err != nil || lacks {
		return follows, err
	}
	var keys []int
	err := l.read(ctx, readingSeen, func(ctx context.Context) (err error) {
		keys, err = l.unseen(ctx, list, follows)
		return err
	})
	if err != nil {
		return nil, err
	}
	unseen := make([]home.Follow, len(keys))
	for i, key := range keys {
		unseen[i] = follows[key]
	}
	return unseen, nil
}

// unseen are the places of the follows that are new.
func (l *Ledger) unseen(ctx context.Context, list string, follows []home.Follow) (keys []int, err error) {
	const q = `SELECT key FROM json_each(?1) AS k WHERE NOT EXISTS (SELECT 1 FROM follow_lists CROSS JOIN new_follows ON list_id = follow_lists.id
		WHERE home = ?2 AND name = ?3 AND handle = k.value ->> 0 AND follow > CAST(k.value ->> 2 AS BIGINT)) ORDER BY key`
	rows, err := l.db.QueryContext(ctx, q, followRows(follows), l.home, list)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var key int
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// followRows are follows as a list for json_each.
func followRows(follows []home.Follow) string {
	rows := make([][4]any, len(follows))
	for i, f := range follows {
		rows[i] = [4]any{f.Account.String(), f.ID, f.After, f.Follower}
	}
	return list(rows)
}

// lastOfEach are the follows without those that have a later one of the same account.
func lastOfEach(follows []home.Follow) []home.Follow {
	last := make(map[fediverse.Handle]int, len(follows))
	for i, f := range follows {
		if j, known := last[f.Account]; !known || follows[j].ID <= f.ID {
			last[f.Account] = i
		}
	}
	var kept []home.Follow
	for i, f := range follows {
		if last[f.Account] == i {
			kept = append(kept, f)
		}
	}
	return kept
}

// NoteFollows notes follows that were seen; see [home.FollowLedger].
func (l *Ledger) NoteFollows(ctx context.Context, list string, from home.Mark, follows []home.Follow, leaveOut bool) error {
	return l.writeAsOwner(ctx, "noting new follows", func(tx Transaction, self string) error {
		id, err := l.followList(ctx, tx, list, from)
		if err != nil {
			return err
		}
		// An account that waits keeps its follower and its process. An insert may change
		// each row once.
		const note = `INSERT INTO new_follows (list_id, handle, follow, waiting, owner_id, follower)
			SELECT ?2, k.value ->> 0, CAST(k.value ->> 1 AS BIGINT), ?3, ?4, k.value ->> 3 FROM json_each(?1) AS k WHERE NOT EXISTS (SELECT 1 FROM new_follows
				WHERE list_id = ?2 AND handle = k.value ->> 0 AND follow > CAST(k.value ->> 2 AS BIGINT))
			ON CONFLICT (list_id, handle) DO UPDATE SET follow = CASE WHEN new_follows.follow > excluded.follow THEN new_follows.follow ELSE excluded.follow END,
			follower = CASE WHEN new_follows.waiting THEN new_follows.follower ELSE excluded.follower END,
			owner_id = CASE WHEN new_follows.waiting THEN new_follows.owner_id ELSE excluded.owner_id END,
			waiting = new_follows.waiting OR excluded.waiting`
		_, err = tx.ExecContext(ctx, note, followRows(lastOfEach(follows)), id, !leaveOut, self)
		return err
	})
}

// followList is the id of a list whose mark nobody has moved, and otherwise
// home.ErrLooked.
func (l *Ledger) followList(ctx context.Context, tx Transaction, list string, from home.Mark) (id int64, err error) {
	// An update that changes nothing makes RETURNING answer for a known list, and keeps
	// others from moving its mark.
	const upsert = `INSERT INTO follow_lists (home, name) VALUES (?, ?)
		ON CONFLICT (home, name) DO UPDATE SET name = excluded.name RETURNING id, mark`
	var mark sql.NullInt64
	if err := tx.QueryRowContext(ctx, upsert, l.home, list).Scan(&id, &mark); err != nil {
		return 0, err
	}
	if (home.Mark{Looked: mark.Valid, ID: mark.Int64}) != from {
		return 0, home.ErrLooked
	}
	return id, nil
}

// MoveFollowMark ends a look at a list; see [home.FollowLedger].
func (l *Ledger) MoveFollowMark(ctx context.Context, list string, from home.Mark, to int64) error {
	if (home.Mark{Looked: true, ID: to}) == from {
		return nil
	}
	return l.write(ctx, "noting which follows were seen", func(tx Transaction) error {
		id, err := l.followList(ctx, tx, list, from)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE follow_lists SET mark = ? WHERE id = ?`, to, id); err != nil || to == home.Unordered {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM new_follows WHERE list_id = ? AND NOT waiting AND follow <= ?`, id, to)
		return err
	})
}

// TakeFollows takes over the accounts that wait for a process that has ended; see
// [home.FollowLedger].
func (l *Ledger) TakeFollows(ctx context.Context, list string) error {
	return l.writeAsOwner(ctx, "taking over new follows", func(tx Transaction, self string) error {
		others, err := followOwners(ctx, tx, l.home, list, self)
		if err != nil {
			return err
		}
		for _, other := range others {
			alive, err := l.db.IsAlive(ctx, tx, other)
			if err != nil {
				return err
			}
			if alive {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE new_follows SET owner_id = ? WHERE waiting AND owner_id = ?`, self, other); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeAsOwner changes the ledger in the name of this process, which it registers
// first.
func (l *Ledger) writeAsOwner(ctx context.Context, what string, change func(tx Transaction, self string) error) error {
	self, err := l.db.Self()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	err = l.write(ctx, what, func(tx Transaction) error {
		if err := l.db.Register(ctx, tx); err != nil {
			return err
		}
		return change(tx, self)
	})
	if err == nil {
		l.registered.Store(true)
	}
	return err
}

// followOwners are the other processes for which accounts of a list wait.
func followOwners(ctx context.Context, tx Transaction, homeName, list string, self string) (owners []string, err error) {
	const q = `SELECT DISTINCT owner_id FROM new_follows JOIN follow_lists ON follow_lists.id = list_id
		WHERE home = ? AND name = ? AND waiting AND owner_id <> ?`
	rows, err := tx.QueryContext(ctx, q, homeName, list, self)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		owners = append(owners, id)
	}
	return owners, rows.Err()
}

// SettleFollow says that something has come of an account; see
// [home.FollowLedger].
func (l *Ledger) SettleFollow(ctx context.Context, list string, account fediverse.Handle) error {
	return l.write(ctx, "settling the new follow of "+account.String(), func(tx Transaction) error {
		const settle = `UPDATE new_follows SET waiting = FALSE WHERE waiting AND handle = ? AND list_id =
			(SELECT id FROM follow_lists WHERE home = ? AND name = ?)`
		_, err := tx.ExecContext(ctx, settle, account.String(), l.home, list)
		return err
	})
}
