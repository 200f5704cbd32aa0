package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tootfill/backfill"
)

// A claim says that a process, its owner, works on an account. It counts while that
// process lives ([Owners]), so the claim of one that has ended holds nobody up.

// freeAccount makes sure that no other process works on the account. If the process
// that did has ended, its claim is dropped. own is the run for which this process has
// claimed the account; 0 if it has not.
func (l *Ledger) freeAccount(ctx context.Context, tx Transaction, account int64, self string) (own int64, err error) {
	const claimed = `SELECT owner_id, run_id FROM claims WHERE account_id = ?`
	var owner string
	var run int64
	err = tx.QueryRowContext(ctx, claimed, account).Scan(&owner, &run)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil || owner == self {
		return run, err
	}
	dead, err := l.db.Bury(ctx, tx, owner)
	if err != nil {
		return 0, err
	}
	if !dead {
		return 0, l.busy(ctx, tx, owner)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM claims WHERE account_id = ?`, account); err != nil {
		return 0, err
	}
	// One that was only cut off keeps the accounts that nobody else has taken.
	_, err = tx.ExecContext(ctx, `DELETE FROM owners WHERE id = ? AND NOT EXISTS (SELECT 1 FROM claims WHERE owner_id = owners.id)`, owner)
	return 0, err
}

// busy is the error of an account that an owner works on.
func (l *Ledger) busy(ctx context.Context, r Reader, owner string) error {
	p, err := l.db.Process(ctx, r, owner)
	if err != nil {
		return err
	}
	return &backfill.BusyError{PID: p.PID, Host: p.Host}
}

// dropClaims drops all claims of an owner, and the owner itself.
func dropClaims(ctx context.Context, tx Transaction, owner string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM claims WHERE owner_id = ?`, owner); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM owners WHERE id = ?`, owner)
	return err
}

// claim notes that this process works on the run of an account.
func (l *Ledger) claim(ctx context.Context, tx Transaction, account, run int64, self string) error {
	if err := l.db.Register(ctx, tx); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO claims (account_id, run_id, owner_id, claimed_at) VALUES (?, ?, ?, ?)`,
		account, run, self, millis(tx.Now()))
	return err
}

// ErrNotClaimed says that this process does not work on the run it records work for.
var ErrNotClaimed = errors.New("the run is not open in this process")

// claimed returns the account of a run that this process works on; ErrNotClaimed
// if it does not, around a *backfill.BusyError if another process has taken the account
// from it. Nobody can take the claim away before the transaction ends.
func (l *Ledger) claimed(ctx context.Context, tx Transaction, r backfill.Run) (account int64, err error) {
	self, err := l.db.Self()
	if err != nil {
		return 0, err
	}
	const q = `SELECT claims.account_id FROM claims JOIN accounts ON accounts.id = claims.account_id
		WHERE run_id = ? AND owner_id = ? AND home = ? AND handle = ? /* FOR UPDATE OF claims */`
	err = tx.QueryRowContext(ctx, q, r.ID, self, l.home, r.Account.String()).Scan(&account)
	if !errors.Is(err, sql.ErrNoRows) {
		return account, err
	}
	if !l.holds.has(r.ID) {
		return 0, ErrNotClaimed
	}
	taken, err := l.taken(ctx, tx, r)
	if err != nil {
		return 0, err
	}
	l.holds.lose(r.ID, taken)
	return 0, fmt.Errorf("%w: %w", ErrNotClaimed, taken)
}

// claimedOnce is claimed, but no error if another process has taken the account.
func (l *Ledger) claimedOnce(ctx context.Context, tx Transaction, r backfill.Run) (account int64, taken bool, err error) {
	account, err = l.claimed(ctx, tx, r)
	if err == nil || unlessTaken(err) != nil {
		return account, false, err
	}
	account, err = l.account(ctx, tx, r.Account)
	return account, true, err
}

// taken says who has taken the account of a run from this process.
func (l *Ledger) taken(ctx context.Context, reader Reader, r backfill.Run) (*backfill.BusyError, error) {
	const q = `SELECT owner_id FROM claims JOIN accounts ON accounts.id = account_id WHERE home = ? AND handle = ?`
	var owner string
	err := reader.QueryRowContext(ctx, q, l.home, r.Account.String()).Scan(&owner)
	if orNone(err) != nil {
		return nil, err
	}
	var p Process
	if owner != "" {
		p, err = l.db.Process(ctx, reader, owner)
	} else {
		err = nil
	}
	return &backfill.BusyError{PID: p.PID, Host: p.Host, Taken: true}, err
}
