package commands

import (
	"context"
	"errors"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
	"tootfill/backfill/pgledger"
	"tootfill/backfill/sqlite"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

// errNoLedger says that there is nothing to copy.
var errNoLedger = errors.New("there is no ledger")

// copyState copies a ledger. tell is told how far the copy is.
func copyState(ctx context.Context, env Env, from, to settings.LedgerPlace, tell func(table string, comparing bool, rows, of int64)) (copied report.StateCopy, err error) {
	if err := checkSource(ctx, env, from); err != nil {
		return copied, copyTrouble("FROM", err, "name the place where the ledger is; tootfill config show tells yours")
	}
	source, err := openLedger(ctx, ledgerOptions{Place: from, Home: everyHome, Limit: anyLimit, ReadOnly: true, Clock: env.Clock})
	if err != nil {
		return copied, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if err := source.CheckUnused(ctx); err != nil { // or there would be an empty ledger in TO
		return copied, explainInUse("FROM", err)
	}
	target, err := openLedger(ctx, ledgerOptions{Place: to, Home: everyHome, Limit: anyLimit, Copy: true, Clock: env.Clock})
	if err != nil {
		return copied, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	result, err := ledger.Copy(ctx, ledger.Copying{
		From: source, To: target, Source: from.String(), Command: copyCommand(from, to),
		Tell: func(p ledger.CopyProgress) { tell(p.Table, p.Comparing, p.Rows, p.Of) },
	})
	return report.StateCopy{
		Accounts: result.Accounts, Runs: result.Runs, Posts: result.Posts, Tables: result.Tables, Rows: result.Rows, Resumed: result.Resumed,
	}, explainCopy(err)
}

// checkSource makes sure that there is a ledger. One that is not there would read as an
// empty one.
func checkSource(ctx context.Context, env Env, from settings.LedgerPlace) error {
	if !from.InDatabase() {
		sight, err := sqlite.Look(ctx, from.Folder, env.Clock)
		if err == nil && sight.Version == 0 {
			err = errNoLedger
		}
		if errors.Is(err, errNoLedger) {
			return err
		}
		return nil // opening it says what is wrong
	}
	l, err := pgledger.Open(ctx, pgledger.Options{URL: from.Address(), Home: everyHome, Limit: anyLimit, ReadOnly: true})
	switch {
	case errors.Is(err, pgledger.ErrNone):
		return errNoLedger
	case err != nil:
		return nil // opening it again says what is wrong
	}
	return l.Close()
}

// explainCopy adds advice to an error of a copy.
func explainCopy(err error) error {
	switch {
	case errors.Is(err, ledger.ErrNotEmpty):
		return copyTrouble("TO", err, "a copy overwrites nothing: choose another place")
	case errors.Is(err, ledger.ErrOtherCopy):
		return copyTrouble("TO", err, "finish that one, or choose another place")
	case errors.Is(err, ledger.ErrChanged):
		return copyTrouble("FROM", err, "when nothing works with it any more, the same command copies it anew")
	case errors.Is(err, ledger.ErrOtherTables):
		return &backfill.Hinted{Err: err, Hint: backfill.Hint{Kind: backfill.RunInEarnest}}
	}
	return explainInUse("TO", err)
}

// explainInUse adds advice to an error if it says that a ledger is in use.
func explainInUse(name string, err error) error {
	var used *backfill.LedgerInUseError
	if !errors.As(err, &used) {
		return err
	}
	return copyTrouble(name, used, "try again when that process has ended")
}
