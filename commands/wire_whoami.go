package commands

import (
	"context"
	"fmt"

	"tootfill/backfill"
	"tootfill/backfill/mastodon"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

// ownerTeller tells whose the token is.
type ownerTeller interface {
	Owner(ctx context.Context) (mastodon.Owner, error)
}

// askIdentity asks home whose the token of the settings is. It reads of the ledger
// whether home wants a pause, and leaves it as it is.
func askIdentity(ctx context.Context, env Env, s settings.Settings, o sharedOptions) (i report.Identity, err error) {
	listener := report.Remarks{Stderr: env.Stderr, Clock: env.Clock, Quiet: o.Quiet, Hints: env.hintText}
	sys, err := build(env, wiring{settings: s, shared: o, listener: listener, via: backfill.ViaResolve, readOnly: true}, func(sys *system, network Network) error {
		return sys.openIdentity(ctx, env, network, &i)
	})
	if err != nil {
		return i, err
	}
	return i, sys.Close()
}

func (s *system) openIdentity(ctx context.Context, env Env, network Network, i *report.Identity) error {
	err := s.nameHome()
	if err == nil {
		s.patience = &backfill.Patience{Clock: s.clock, Tell: s.listener.Event, Advice: s.advice}
		err = s.openLedger(ctx)
	}
	if err == nil {
		err = s.openHome(ctx, env, network)
	}
	if err == nil {
		*i, err = s.askIdentity(ctx)
	}
	if err != nil {
		return s.advise(ctx, env, network, err)
	}
	return nil
}

func (s *system) askIdentity(ctx context.Context) (report.Identity, error) {
	var owner mastodon.Owner
	err := s.ask(ctx, func() (err error) {
		owner, err = s.home.Owner(ctx)
		return err
	})
	if err != nil {
		return report.Identity{}, orClearText(err)
	}
	software, err := s.homeSoftware(ctx)
	if err != nil {
		return report.Identity{}, fmt.Errorf("asking %s for its software: %w", s.homeName, err)
	}
	return identityOf(s.homeName, software, owner, s.settings.Profile), nil
}
