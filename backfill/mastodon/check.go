package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
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

// needed are the scopes without which home sooner or later answers 403, each with
// the wider ones that include it (Mastodon config/initializers/doorkeeper.rb
// and the doorkeeper_authorize! lines of app/controllers/api).
var needed = [...]struct {
	scope string
	wider []string
}{
	{"read:search", []string{"read"}},
	{"read:accounts", []string{"read"}},
	{"read:statuses", []string{"read"}},
	{"read:follows", []string{"read", "follow"}},
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

// checkScopes checks the scopes that home shows for the token's application.
// Mastodon has shown them since 4.3; with older versions and other software, the
// first 403 has to tell.
func (s *Server) checkScopes(ctx context.Context) error {
	var app struct {
		Scopes loosejson.Maybe[[]string] `json:"scopes"`
	}
	err := s.read(&app, func(c *api.Client) error {
		_, err := c.VerifyAppCredentials(ctx)
		return err
	})
	switch status(err) {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return nil
	}
	var unauthorized *backfill.UnauthorizedError
	if errors.As(err, &unauthorized) && unauthorized.Scope != "" {
		return nil // older versions want the scope read here, which is not needed elsewhere
	}
	if err != nil {
		return err
	}
	scopes := app.Scopes.Value
	if len(scopes) == 0 {
		return nil
	}
	for _, n := range needed {
		has := func(scope string) bool { return scope == n.scope || slices.Contains(n.wider, scope) }
		if !slices.ContainsFunc(scopes, has) {
			return &backfill.UnauthorizedError{Server: s.Host(), Scope: n.scope}
		}
	}
	return nil
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
