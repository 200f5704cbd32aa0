package home

import (
	"context"
	"fmt"
	"time"

	"tootfill/backfill"
)

// Follows do not appear in the order of their ids: a follow gets its id when it is made,
// and appears when its transaction ends. The mark of a look is therefore not the last
// follow that it has read, but one below which nothing appears any more. Above the mark,
// everything is read again at the next look, and the ledger tells what was seen.
//
// A look notes a checkpoint: a follow that is old enough for its transaction, and for
// those of the ids below it, to be known to the database, and up to which transaction
// there are any. When all of these have ended, a later look moves the mark there.
// Transactions that only read, such as a dump, are none of them.

const (
	// registering is more than the time from when a follow gets its id until the
	// database knows that its transaction writes. In practice that is well under a
	// second; it also makes up for clocks that differ.
	registering = 2 * time.Minute
	// longestTransaction is how long a transaction is waited for. One may be open for
	// weeks because somebody forgot it, even in another database of the same server.
	longestTransaction = 24 * time.Hour
)

// Transactions are those that write to home's database. The later one has begun, the
// higher is its number.
type Transactions struct {
	// Oldest is the oldest one that has not ended, and Next the next one to begin.
	Oldest, Next int64
}

// settlement is up to which follow a look has seen everything, and the checkpoint that
// it notes, if any.
type settlement struct {
	mark int64
	checkpoint
	memory     backfill.Memory
	host, name string
	until      time.Time
}

// checkpoint is a follow, and a number above those of all transactions that may still
// make it or an earlier one appear.
type checkpoint struct{ follow, transaction int64 }

// settled finds out up to which follow the next follows to be read are complete.
func (w WholeServer) settled(ctx context.Context, n NewFollows, from Mark) (settlement, error) {
	now := w.Clock.Now()
	s := settlement{
		mark: from.ID, memory: n.Ledger, host: w.Host, name: "checkpoint of the follows of " + n.List,
		until: now.Add(longestTransaction),
	}
	last, err := w.last(ctx, now.Add(-registering))
	if err != nil || from.Looked && last <= from.ID {
		return s, err
	}
	// These are read after the last follow, so that its transaction is among them.
	open, err := backfill.Asked(ctx, w.Patience, func() (Transactions, error) { return w.Table.Transactions(ctx) })
	if err != nil {
		return s, err
	}
	known, err := s.recall(ctx)
	switch {
	case err != nil:
		return s, err
	case known == checkpoint{}: // at the first look, or after a long time
		id, err := w.last(ctx, now.Add(-longestTransaction))
		if err != nil {
			return s, err
		}
		known.follow = id
	case known.transaction > open.Oldest:
		return s, nil
	}
	s.mark = max(known.follow, from.ID)
	s.checkpoint = checkpoint{last, open.Next}
	return s, nil
}

// recall returns the last checkpoint, if it is not too old.
func (s settlement) recall(ctx context.Context) (known checkpoint, err error) {
	text, err := s.memory.Recall(ctx, s.host, s.name)
	if err != nil || text == "" {
		return known, err
	}
	if _, err := fmt.Sscan(text, &known.follow, &known.transaction); err != nil {
		return known, fmt.Errorf("reading the %s: %w", s.name, err)
	}
	return known, nil
}

// remember notes the new checkpoint.
func (s settlement) remember(ctx context.Context) error {
	if s.checkpoint == (checkpoint{}) {
		return nil
	}
	return s.memory.Remember(ctx, s.host, s.name, fmt.Sprint(s.follow, " ", s.transaction), s.until)
}
