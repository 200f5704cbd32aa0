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
	// Transactions are those that may still make follows appear.
	Transactions(ctx context.Context) (Transactions, error)
	// FollowedBy counts the accounts with no later follow than that with the id.
	FollowedBy(ctx context.Context, id int64) (int, error)
}

// noted is how many follows are noted at a time.
const noted = 500

// WholeServer reads the follows of everybody on home.
type WholeServer struct {
	Table FollowTable
	// Host names home.
	Host  string
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
	// This comes before the follows are read: what its transactions have made is read.
	s, err := w.settled(ctx, n, from)
	if err != nil {
		return err
	}
	r := reading{after: from.ID, older: from.ID, renewed: lastID}
	if !from.Looked {
		r.after, r.older = s.mark, lastID
	}
	if !w.Since.IsZero() {
		since, err := w.last(ctx, w.Since)
		if err != nil {
			return err
		}
		r.after, r.older, r.renewed = min(r.after, since), min(r.older, since), since
	}
	if err := w.read(ctx, n, from, r); err != nil {
		return err
	}
	if err := n.Ledger.MoveFollowMark(ctx, n.List, from, s.mark); err != nil {
		return err
	}
	if err := s.remember(ctx); err != nil || from.Looked {
		return err
	}
	return w.tellFirst(ctx, n, r.older)
}

// reading says what a look makes of the follows that it reads.
type reading struct {
	// The follows after an id are read.
	after int64
	// Those up to older are left out, and those above renewed are new whatever was
	// seen.
	older, renewed int64
}

// read notes follows.
func (w WholeServer) read(ctx context.Context, n NewFollows, from Mark, r reading) error {
	var batch []Follow
	leaveOut := true
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return n.note(ctx, from, batch, leaveOut)
	}
	for f, err := range backfill.PatientList(ctx, w.Patience, w.Table.Follows(ctx, r.after)) {
		if errors.Is(err, ErrUnreadableAccount) {
			w.Warn(err.Error())
			continue
		}
		if err != nil {
			return err
		}
		if isOlder := f.ID <= r.older; isOlder != leaveOut || len(batch) == noted {
			if err := flush(); err != nil {
				return err
			}
			leaveOut = isOlder
		}
		if f.ID > r.renewed {
			f.After = lastID
		}
		batch = append(batch, f)
	}
	return flush()
}

// tellFirst tells how many accounts the first look has left out, whose follows have ids
// up to older. A database that is too busy to count them is not waited for.
func (w WholeServer) tellFirst(ctx context.Context, n NewFollows, older int64) error {
	leftOut, err := w.Table.FollowedBy(ctx, older)
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
