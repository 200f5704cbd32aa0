package commands

import (
	"context"

	"tootfill/backfill"
	"tootfill/backfill/coverage"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/push"
	"tootfill/commands/settings"
)

// connectLedger builds only the ledger, for reading. Nobody is asked for anything.
func connectLedger(ctx context.Context, env Env, s settings.Settings, o sharedOptions, l backfill.Listener) (*system, error) {
	return build(env, wiring{settings: s, shared: o, listener: l, readOnly: true}, func(sys *system, _ Network) error {
		if err := sys.nameHome(); err != nil {
			return err
		}
		return sys.openLedger(ctx)
	})
}

// coverageRecords are the records of the ledger.
func (s *system) coverageRecords() coverage.Ledger { return s.store }

// coverageEngine is an engine that only looks. Where home's database is at hand, that
// tells what home holds.
func (s *system) coverageEngine(o backfill.Options, found func(coverage.Reading)) *backfill.Engine {
	e := s.engine(o, fediverse.Software{})
	if s.database != nil {
		e.Push = push.Deliverer{Database: s.posts}
	}
	return coverage.Look(e, found)
}
