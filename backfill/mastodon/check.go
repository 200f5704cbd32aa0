package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	api "github.com/mattn/go-mastodon"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// Identity is the account on home to which the token belongs.
type Identity struct {
	ID string
	// Handle is zero if home is known only by an address, and so has no domain for
	// a handle.
	Handle fediverse.Handle
	// Following is how many accounts it follows, home's own included.
	Following int
}

// Check returns the owner of the token, and checks that the token has the scopes
// that are needed: a *backfill.UnauthorizedError names the first missing one.
func (s *Server) Check(ctx context.Context) (Identity, error) {
	id, err := s.check(ctx)
	if err != nil {
		return Identity{}, fmt.Errorf("checking the access token at %s: %w", s.Host(), err)
	}
	return id, nil
}

func (s *Server) check(ctx context.Context) (Identity, error) {
	if s.transport.token == "" {
		return Identity{}, &backfill.UnauthorizedError{Server: s.Host(), Message: "there is none"}
	}
	me, err := s.askOwner(ctx)
	if err != nil {
		return Identity{}, err
	}
	return s.identify(ctx, me)
}

// identify is the account of a token's owner.
func (s *Server) identify(ctx context.Context, me ownEntity) (Identity, error) {
	following := max(me.FollowingCount.Value, 0)
	a, err := s.account(ctx, me.accountEntity)
	var unreadable *UnreadableAccountError
	if errors.As(err, &unreadable) {
		return Identity{ID: string(me.ID), Following: following}, nil
	}
	if err != nil {
		return Identity{}, err
	}
	return Identity{ID: a.ID, Handle: a.Handle, Following: following}, nil
}

// ownEntity is the account of the token.
type ownEntity struct {
	accountEntity
	FollowingCount loosejson.Maybe[int] `json:"following_count"`
}

// askOwner asks for the scopes of the token, and then at once for its owner and for
// what home says of itself. The first answer tells whether home may be asked at all: if
// it wants a pause, nothing more is asked.
func (s *Server) askOwner(ctx context.Context) (me ownEntity, err error) {
	if err := s.checkScopes(ctx); err != nil {
		return ownEntity{}, err
	}
	var instance sync.WaitGroup
	instance.Go(func() { _, _ = s.instance(ctx) }) // whoever needs it asks again and sees the error
	defer instance.Wait()
	return s.owner(ctx)
}

func (s *Server) owner(ctx context.Context) (me ownEntity, err error) {
	err = s.read(&me, func(c *api.Client) error {
		_, err := c.GetAccountCurrentUser(ctx)
		return err
	})
	switch {
	case err != nil:
		return ownEntity{}, s.unusable(err)
	case me.ID == "":
		return ownEntity{}, &backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "the token's account has no id"}
	}
	return me, nil
}

// unusable turns the answers to a token that belongs to no user (422), or to one
// who may not log in (403), into an UnauthorizedError; see Mastodon
// app/controllers/api/base_controller.rb, require_user!. A page by something in
// front of home says nothing about the token.
func (s *Server) unusable(err error) error {
	var answered *backfill.AnswerError
	if !errors.As(err, &answered) || answered.Foreign {
		return err
	}
	switch answered.Status {
	case http.StatusUnprocessableEntity:
		return &backfill.UnauthorizedError{Server: s.Host(), Message: "it belongs to an application and not to a user"}
	case http.StatusForbidden:
		return &backfill.UnauthorizedError{Server: s.Host(), Message: answered.Message}
	}
	return err
}
