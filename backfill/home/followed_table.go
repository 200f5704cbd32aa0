package home

import (
	"context"
	"errors"
	"iter"
	"time"

	"tootfill/backfill"
)

// FollowTable is the table of all follows in home's database. Only follows of remote
// accounts by local ones count.
type FollowTable interface {
	// Follows lists those with a higher id than after, in ascending order. An error
	// may be ErrUnreadableAccount, after which the list continues.
	Follows(ctx context.Context, after int64) iter.Seq2[Follow, error]
	// LastFollow is the id of the last follow, of whatever account, that was made
	// before a time; 0 if there is none.
	LastFollow(ctx context.Context, before time.Time) (int64, error)
	// FollowedBy counts the accounts with no later follow than that with the id.
	FollowedBy(ctx context.Context, id int64) (int, error)
}

// settling is how long a follow may be invisible to others after it has got its id:
// it is in a transaction that has not ended.
const settling = 2 * time.Minute

// noted is how many follows are noted at a time.
const noted = 500

// WholeServer reads the follows of everybody on home.
type WholeServer struct {
	Table FollowTable
	Clock backfill.Clock
	// Since reaches back to the follows made since then, whatever was seen before.
	// The zero time does not.
	Since time.Time
	// Patience waits out short outages of the database.
	Patience *backfill.Patience
	// Warn is told of accounts that cannot be read.
	Warn func(text string)
}

func (w WholeServer) look(ctx context.Context, n NewFollows, from Mark) error {
	// Beyond this id, others may still appear below those that are seen now.
	settled, err := w.last(ctx, w.Clock.Now().Add(-settling))
	if err != nil {
		return err
	}
	after, leaveOut := from.ID, false
	switch {
	case !w.Since.IsZero():
		after, err = w.last(ctx, w.Since)
	case !from.Looked:
		after, leaveOut = settled, true
	}
	if err != nil {
		return err
	}
	if err := w.read(ctx, n, from, after, leaveOut); err != nil {
		return err
	}
	if err := n.Ledger.MoveFollowMark(ctx, n.List, from, max(settled, from.ID)); err != nil || from.Looked {
		return err
	}
	return w.tellFirst(ctx, n, after, leaveOut)
}

// read notes the follows above an id.
func (w WholeServer) read(ctx context.Context, n NewFollows, from Mark, after int64, leaveOut bool) error {
	var batch []Follow
	for f, err := range backfill.PatientList(ctx, w.Patience, w.Table.Follows(ctx, after)) {
		if errors.Is(err, ErrUnreadableAccount) {
			w.Warn(err.Error())
			continue
		}
		if err != nil {
			return err
		}
		if !w.Since.IsZero() {
			f.After = lastID // it does not matter what was seen
		}
		if batch = append(batch, f); len(batch) == noted {
			if err := n.note(ctx, from, batch, leaveOut); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return n.note(ctx, from, batch, leaveOut)
}

// tellFirst tells how many accounts the first look has left out. A database that is
// too busy to count them is not waited for.
func (w WholeServer) tellFirst(ctx context.Context, n NewFollows, after int64, all bool) error {
	if all {
		after = lastID
	}
	leftOut, err := w.Table.FollowedBy(ctx, after)
	if backfill.Unwell(err) {
		leftOut, err = Uncounted, nil
	}
	if err == nil {
		n.FirstLook(leftOut)
	}
	return err
}

func (w WholeServer) last(ctx context.Context, before time.Time) (int64, error) {
	return backfill.Asked(ctx, w.Patience, func() (int64, error) { return w.Table.LastFollow(ctx, before) })
}
