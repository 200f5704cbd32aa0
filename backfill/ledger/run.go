package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Begin claims the account and takes its token; see [backfill.Ledger]. It does so in
// one transaction: if two processes begin at the same time, one gets the account,
// and the other a *backfill.BusyError.
//
// Begin resumes a run that is open because its process was interrupted or killed:
// the run has taken its token, and the next walk finds what it has recorded.
func (l *Ledger) Begin(ctx context.Context, h fediverse.Handle) (backfill.Run, error) {
	self, err := l.db.Self()
	if err != nil {
		return backfill.Run{}, fmt.Errorf("beginning with %s: %w", h, err)
	}
	var run backfill.Run
	var limited error
	var held hold
	err = l.write(ctx, "beginning with "+h.String(), func(tx Transaction) error {
		l.holds.leave(&held)
		run, limited = backfill.Run{Account: h}, nil
		account, err := l.account(ctx, tx, h)
		if err != nil {
			return err
		}
		own, err := l.freeAccount(ctx, tx, account, self)
		if err != nil {
			return err
		}
		if own != 0 && l.holds.has(own) {
			return &backfill.BusyError{PID: os.Getpid()}
		}
		if run.Resumed, err = resume(ctx, tx, account, &run); err != nil {
			return err
		}
		if own != 0 && own == run.ID {
			// Claimed by an earlier Begin of this process that has failed: it could not
			// know that it was recorded.
			l.holds.take(&held, run)
			return nil
		}
		if !run.Resumed {
			// A refusal is saved too: see Limit.Take.
			if limited, err = l.takeToken(ctx, tx, account); err != nil || limited != nil {
				return err
			}
			if err := l.newRun(ctx, tx, account, &run); err != nil {
				return err
			}
		}
		l.holds.take(&held, run)
		return l.claim(ctx, tx, account, run.ID, self)
	})
	if err != nil {
		l.holds.leave(&held)
		return backfill.Run{}, err
	}
	if limited != nil {
		return backfill.Run{}, limited
	}
	l.registered.Store(true)
	return run, nil
}

// resume fills in the open run of an account, and says whether there is one.
func resume(ctx context.Context, tx Transaction, account int64, run *backfill.Run) (found bool, err error) {
	var started int64
	const q = `SELECT id, started_at, round, told FROM runs WHERE account_id = ? AND finished_at IS NULL`
	err = tx.QueryRowContext(ctx, q, account).Scan(&run.ID, &started, &run.Round, &run.Told)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	run.StartedAt = fromMillis(started)
	return true, err
}

func (l *Ledger) newRun(ctx context.Context, tx Transaction, account int64, run *backfill.Run) error {
	started := millis(tx.Now())
	run.StartedAt = fromMillis(started)
	return tx.QueryRowContext(ctx, `INSERT INTO runs (account_id, started_at) VALUES (?, ?) RETURNING id`, account, started).Scan(&run.ID)
}

// RecordRound records the round that a run has come to; see [backfill.Ledger].
func (l *Ledger) RecordRound(ctx context.Context, r backfill.Run, round int) error {
	return l.write(ctx, "recording the round of "+r.Account.String(), func(tx Transaction) error {
		if _, err := l.claimed(ctx, tx, r); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE runs SET round = ? WHERE id = ?`, round, r.ID)
		return err
	})
}

// finish records the result of a run and releases its claim on the account.
func (l *Ledger) finish(ctx context.Context, tx Transaction, account int64, s backfill.Settlement) error {
	r, result := *s.Run, s.Result
	wanted, err := storedWanted(&r.Wanted)
	if err != nil {
		return err
	}
	finished := sql.NullInt64{Int64: millis(tx.Now()), Valid: !s.StaysOpen}
	imported, told := r.Told+result.Imported, r.Told
	if result.Status != backfill.Interrupted {
		told = imported
	}
	// A run that was interrupted again before all was counted has not imported less
	// than before.
	const update = `UPDATE runs SET finished_at = ?1, route = ?2, status = ?3, listed = ?4, eligible = ?5, held = ?6,
		imported = CASE WHEN imported > ?7 THEN imported ELSE ?7 END, told = ?8, refused = ?9, failed = ?10, retry_at = ?11,
		reason = ?12, cause = ?13, wanted = ?14 WHERE id = ?15`
	_, err = tx.ExecContext(ctx, update, finished, string(result.Route), string(result.Status), result.Listed, result.Eligible,
		result.Held, imported, told, result.Refused, result.Failed, optional(result.RetryAt), result.Reason, string(result.Cause), wanted, r.ID)
	if err != nil {
		return err
	}
	if result.Unspent {
		if err := l.giveTokenBack(ctx, tx, account); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM claims WHERE account_id = ?`, account)
	return err
}
