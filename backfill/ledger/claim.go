package ledger

import (
	"context"
	"database/sql"
	"errors"
	"os"

	"tootfill/backfill"
)

// A claim says that a process, its owner, works on an account. It counts while that
// process lives ([Owners]), so the claim of one that has ended holds nobody up.

// dropDeadClaim makes sure that nobody works on the account. If the process that
// did has ended, it drops all claims of that process.
func (l *Ledger) dropDeadClaim(ctx context.Context, tx Transaction, account int64, self string) error {
	const claimed = `SELECT owners.id, pid FROM claims JOIN owners ON owners.id = owner_id WHERE account_id = ?`
	var id string
	var pid int
	err := tx.QueryRowContext(ctx, claimed, account).Scan(&id, &pid)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if id == self {
		return &backfill.BusyError{PID: pid}
	}
	dead, err := l.db.Bury(ctx, tx, id)
	if err != nil {
		return err
	}
	if !dead {
		return &backfill.BusyError{PID: pid}
	}
	return dropClaims(ctx, tx, id)
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
	if err := l.register(ctx, tx, self); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO claims (account_id, run_id, owner_id, claimed_at) VALUES (?, ?, ?, ?)`,
		account, run, self, millis(tx.Now()))
	return err
}

// register lets others know that this process works with the ledger.
func (l *Ledger) register(ctx context.Context, tx Transaction, self string) error {
	const insert = `INSERT INTO owners (id, pid, started_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING`
	_, err := tx.ExecContext(ctx, insert, self, os.Getpid(), millis(tx.Now()))
	return err
}

// ErrNotClaimed says that this process does not work on the run it records work for.
var ErrNotClaimed = errors.New("the run is not open in this process")

// claimed returns the account of a run that this process works on; ErrNotClaimed
// if it does not. Nobody can take the claim away before the transaction ends.
func (l *Ledger) claimed(ctx context.Context, tx Transaction, r backfill.Run) (account int64, err error) {
	self, err := l.db.Self()
	if err != nil {
		return 0, err
	}
	const q = `SELECT claims.account_id FROM claims JOIN accounts ON accounts.id = claims.account_id
		WHERE run_id = ? AND owner_id = ? AND home = ? AND handle = ? /* FOR UPDATE OF claims */`
	err = tx.QueryRowContext(ctx, q, r.ID, self, l.home, r.Account.String()).Scan(&account)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrNotClaimed
	}
	return account, err
}
