package commands

import (
	"context"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
)

// softwareMemory is how long home's version is remembered.
const (
	softwareMemory = 24 * time.Hour
	// mostSoftware is the length of the longest text about it, in bytes.
	mostSoftware = 512
	softwareFact = "software"
)

func (s *system) memory() serverMemory { return serverMemory{Ledger: s.store, readOnly: s.readOnly} }

// serverMemory is what the ledger knows of servers. It adds nothing to a read-only
// ledger.
type serverMemory struct {
	*ledger.Ledger
	readOnly bool
}

func (m serverMemory) Remember(ctx context.Context, server, name, value string, until time.Time) error {
	if m.readOnly {
		return nil
	}
	return m.Ledger.Remember(ctx, server, name, value, until)
}

func (m serverMemory) Pause(ctx context.Context, server string, until time.Time) error {
	if m.readOnly {
		return nil
	}
	return m.Ledger.Pause(ctx, server, until)
}

// homePauses are the pauses of home's API. They are kept apart from the server's
// pauses as an origin, which it may be for another home.
type homePauses struct{ *system }

// apiOf is a name that no server has.
func apiOf(server string) string { return "the API of " + server }

func (p homePauses) PausedUntil(ctx context.Context, server string) (time.Time, error) {
	return p.store.PausedUntil(ctx, apiOf(server))
}

func (p homePauses) Pause(ctx context.Context, server string, until time.Time) error {
	return p.memory().Pause(ctx, apiOf(server), until)
}

// homeSoftware is what home runs, from memory if home was asked recently; the zero
// Software if its API is not in use.
func (s *system) homeSoftware(ctx context.Context) (fediverse.Software, error) {
	var software fediverse.Software
	if s.api == nil {
		return software, nil
	}
	known, err := s.store.Recall(ctx, s.homeName, softwareFact)
	if err != nil {
		return software, fmt.Errorf("recalling the software of %s: %w", s.homeName, err)
	}
	if software, ok := backfill.ReadFact[fediverse.Software](known, mostSoftware); ok {
		s.api.SetSoftware(software)
		return software, nil
	}
	err = s.ask(ctx, func() (err error) {
		software, err = s.api.Software(ctx)
		return err
	})
	if err != nil {
		return software, err
	}
	text := backfill.FactText(software, mostSoftware)
	if text == "" {
		return software, nil // it is asked again
	}
	until := s.clock.Now().Add(softwareMemory)
	if err := s.memory().Remember(ctx, s.homeName, softwareFact, text, until); err != nil {
		return software, fmt.Errorf("remembering the software of %s: %w", s.homeName, err)
	}
	return software, nil
}
