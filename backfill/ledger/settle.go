package ledger

import (
	"context"

	"tootfill/backfill"
)

// Settle records what came of accounts; see [backfill.Ledger].
func (l *Ledger) Settle(ctx context.Context, all ...backfill.Settlement) error {
	changes := make([]*pendingChange, len(all))
	for i, s := range all {
		changes[i] = &pendingChange{what: "recording the result of " + s.Account.String(), change: func(ctx context.Context, tx Transaction) error {
			return l.settle(ctx, tx, s)
		}}
	}
	return l.writeTogether(ctx, changes...)
}

func (l *Ledger) settle(ctx context.Context, tx Transaction, s backfill.Settlement) error {
	if err := l.settleNote(ctx, tx, s); err != nil {
		return err
	}
	for _, m := range s.Memos {
		if err := l.remember(ctx, tx, m); err != nil {
			return err
		}
	}
	if s.Run == nil {
		return nil
	}
	return l.finish(ctx, tx, s)
}

// settleNote replaces or removes the note that an account has to wait, unless it is to be
// kept.
func (l *Ledger) settleNote(ctx context.Context, tx Transaction, s backfill.Settlement) error {
	if s.Deferral == nil && !s.Undefer {
		return nil
	}
	if s.Keeps != nil {
		noted, err := l.noted(ctx, tx, s.Account)
		if err != nil || noted != nil && s.Keeps(*noted) {
			return err
		}
	}
	if s.Deferral != nil {
		return l.deferAccount(ctx, tx, *s.Deferral)
	}
	return l.undefer(ctx, tx, s.Account)
}
