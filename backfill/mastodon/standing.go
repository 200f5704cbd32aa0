package mastodon

import (
	"context"
	"fmt"
	"net/http"

	api "github.com/mattn/go-mastodon"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// Standing returns the relation of the token's account to a. Home is not asked about an
// account that it has suspended.
func (s *Server) Standing(ctx context.Context, a fediverse.Account) (backfill.Standing, error) {
	if a.SuspendedByHome {
		return backfill.Standing{Refusal: s.Host() + " has suspended " + a.Handle.String(), Cause: backfill.SuspendedByHome}, nil
	}
	all, err := s.standings(ctx, []string{a.ID})
	if err != nil {
		return backfill.Standing{}, fmt.Errorf("asking %s about the follow of %s: %w", s.Host(), a.Handle, err)
	}
	if standing, found := all[a.ID]; found {
		return standing, nil
	}
	return backfill.Standing{}, fmt.Errorf("asking %s about the follow of %s: %w", s.Host(), a.Handle,
		&backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "it does not mention the account"})
}

// Standings returns the relations of the token's account to several accounts, by their
// ids, in one request. Those that home does not mention are left out.
func (s *Server) Standings(ctx context.Context, ids []string) (map[string]backfill.Standing, error) {
	all, err := s.standings(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("asking %s about the follows of %d accounts: %w", s.Host(), len(ids), err)
	}
	return all, nil
}

// standings reads relations. Home leaves out accounts that it has suspended (Mastodon
// app/controllers/api/v1/accounts/relationships_controller.rb).
func (s *Server) standings(ctx context.Context, ids []string) (map[string]backfill.Standing, error) {
	var all []loosejson.Maybe[relationshipEntity]
	err := s.read(&all, func(c *api.Client) error {
		_, err := c.GetAccountRelationships(ctx, ids)
		return err
	})
	standings := make(map[string]backfill.Standing)
	for _, r := range loosejson.Values(all) {
		if r.ID == "" {
			continue
		}
		standings[string(r.ID)] = backfill.Standing{
			Following: bool(r.Following), Requested: bool(r.Requested),
			Blocking: bool(r.Blocking), BlockedBy: bool(r.BlockedBy), DomainBlocking: bool(r.DomainBlocking),
		}
	}
	return standings, err
}
