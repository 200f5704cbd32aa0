package ledger

import (
	"context"
	"errors"

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
	err := l.writeTogether(ctx, changes...)
	for _, s := range all {
		if s.Run != nil {
			l.holds.drop(s.Run.ID)
		}
	}
	return err
}

// settle records nothing of an account that another process has taken: what comes of it is
// that one's to record.
func (l *Ledger) settle(ctx context.Context, tx Transaction, s backfill.Settlement) error {
	var account int64
	if s.Run != nil {
		var err error
		if account, err = l.claimed(ctx, tx, *s.Run); err != nil {
			return unlessTaken(err)
		}
	}
	if err := l.settleNote(ctx, tx, s); err != nil {
		return err
	}
	if s.Result.Status != backfill.Interrupted {
		if err := l.forgetAsked(ctx, tx, s.Account); err != nil {
			return err
		}
	}
	for _, m := range s.Memos {
		if err := l.remember(ctx, tx, m); err != nil {
			return err
		}
	}
	if s.Run == nil {
		return nil
	}
	return l.finish(ctx, tx, account, s)
}

// unlessTaken is nil for the error of an account that another process has taken.
func unlessTaken(err error) error {
	var busy *backfill.BusyError
	if errors.As(err, &busy) && busy.Taken {
		return nil
	}
	return err
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
