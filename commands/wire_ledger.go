package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
	"tootfill/backfill/pgledger"
	"tootfill/backfill/sqlite"
	"tootfill/commands/settings"
)

// ledgerOptions say which ledger is opened, and for what.
type ledgerOptions struct {
	Place settings.LedgerPlace
	// Home, Limit and ReadOnly are those of sqlite.Options.
	Home     string
	Limit    limit.Limit
	ReadOnly bool
	// Copy is that of sqlite.Options.
	Copy bool
	// Clock is the machine's clock, and that of a ledger in a file; a database has its own.
	Clock backfill.Clock
	// Patience waits for a database that is away after it was opened; nil has nobody wait.
	Patience *backfill.Patience
}

// openLedger opens a ledger, wherever it is. One that is not there yet reads as an empty
// one.
func openLedger(ctx context.Context, o ledgerOptions) (*ledger.Ledger, error) {
	if !o.Place.InDatabase() {
		return sqlite.Open(ctx, sqlite.Options{Dir: o.Place.Folder, Home: o.Home, Clock: o.Clock, Limit: o.Limit, ReadOnly: o.ReadOnly, Copy: o.Copy})
	}
	options := pgledger.Options{URL: o.Place.Address(), Home: o.Home, Limit: o.Limit, ReadOnly: o.ReadOnly, Copy: o.Copy, Machine: o.Clock}
	if o.Patience != nil {
		options.Patience = o.Patience
	}
	l, err := pgledger.Open(ctx, options)
	switch {
	case errors.Is(err, pgledger.ErrNone):
		return sqlite.OpenEmpty(ctx, sqlite.Options{Home: o.Home, Clock: o.Clock, Limit: o.Limit})
	case err != nil:
		return nil, placed(o.Place, err)
	}
	return l, nil
}

// placed is the error of a ledger with the setting that says where it is.
func placed(place settings.LedgerPlace, err error) error {
	if place.From == "" {
		return err
	}
	return fmt.Errorf("%s: %w", place.From, err)
}

func (s *system) openLedger(ctx context.Context) error {
	ledger, err := openLedger(ctx, ledgerOptions{
		Place: s.settings.Ledger, Home: s.homeName, Limit: s.settings.Limit, ReadOnly: s.readOnly, Clock: s.clock.Clock,
		Patience: s.patience,
	})
	if err != nil {
		return err
	}
	s.store, s.ledger = ledger, ledger
	s.ahead = s.clock.follow(ledger.Clock())
	s.closers = append(s.closers, ledger.Close)
	return nil
}

// permit returns once a request to a server may be begun: not while others may take the
// accounts that this process has claimed.
func (s *system) permit(ctx context.Context) error {
	if s.store == nil { // nothing is claimed yet
		return nil
	}
	return s.store.Permit(ctx)
}

// everyHome stands in for a home server where none is meant. No server has a name with
// a space.
const everyHome = "every home"

// surveyOf surveys a ledger, of one home server or, if home is empty, of all of them.
func surveyOf(place settings.LedgerPlace, home string, clock backfill.Clock) ledger.Survey {
	if !place.InDatabase() {
		return sqlite.Survey(place.Folder, home, clock)
	}
	return ledger.Survey{Home: home, Open: func(ctx context.Context) (*ledger.Ledger, error) {
		return openLedger(ctx, ledgerOptions{Place: place, Home: cmp.Or(home, everyHome), Limit: anyLimit, ReadOnly: true, Clock: clock})
	}}
}

// anyLimit stands in for a limit where nothing begins.
var anyLimit = limit.Limit{N: 1, Per: time.Hour, Burst: 1}

// checkLedgerDatabase looks at a ledger in a database.
func (u *setup) checkLedgerDatabase(ctx context.Context) (string, error) {
	place := u.settings.Ledger
	s, err := pgledger.Look(ctx, place.Address())
	switch {
	case err != nil:
		return "", placed(place, err)
	case s.Version == 0:
		return fmt.Sprintf("the %s (PostgreSQL %s) holds none yet; the first run creates it", s.Place, s.Server), nil
	case s.Version < s.Newest:
		return fmt.Sprintf("the %s (PostgreSQL %s), version %d; the next run brings it to version %d", s.Place, s.Server, s.Version, s.Newest), nil
	}
	return fmt.Sprintf("the %s (PostgreSQL %s), version %d", s.Place, s.Server, s.Version), nil
}
