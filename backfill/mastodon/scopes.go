package mastodon

import (
	"context"
	"errors"
	"net/http"
	"slices"

	api "github.com/mattn/go-mastodon"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/loosejson"
)

// needed are the scopes without which home sooner or later answers 403, each with
// the wider ones that include it (Mastodon config/initializers/doorkeeper.rb
// and the doorkeeper_authorize! lines of app/controllers/api).
var needed = [...]scope{
	{"read:search", []string{"read"}},
	{"read:accounts", []string{"read"}},
	{"read:statuses", []string{"read"}},
	{"read:follows", []string{"read", "follow"}},
}

// ofLists is needed for the lists that a user keeps, and for nothing else.
var ofLists = scope{"read:lists", []string{"read"}}

// mostScopes bounds how many scopes of a token are looked at, and how long each is.
const mostScopes = 64

// NeededScopes are the scopes to ask for; with lists, also that for the lists that a user
// keeps.
func NeededScopes(lists bool) []string {
	var names []string
	for _, n := range needed {
		names = append(names, n.name)
	}
	slices.Sort(names)
	if lists {
		names = append(names, ofLists.name)
	}
	return names
}

type scope struct {
	name  string
	wider []string
}

// in reports whether scopes include this one.
func (n scope) in(scopes []string) bool {
	return slices.ContainsFunc(scopes, func(have string) bool { return have == n.name || slices.Contains(n.wider, have) })
}

// Scopes are what a token may do.
type Scopes struct {
	// Names are all that home shows; nil if it shows none.
	Names []string
	// Missing are the scopes that it lacks, of those that are needed.
	Missing []string
	// Lists says that it may read the lists that a user keeps.
	Lists bool
	// Untold says that home does not show the scopes; the other fields are then
	// zero.
	Untold bool
}

// Scopes reads the scopes that home shows for the token's application. Mastodon has
// shown them since 4.3; with older versions and other software, the first 403 has to
// tell.
func (s *Server) Scopes(ctx context.Context) (Scopes, error) {
	var app struct {
		Scopes loosejson.Maybe[[]string] `json:"scopes"`
	}
	err := s.read(&app, func(c *api.Client) error {
		_, err := c.VerifyAppCredentials(ctx)
		return err
	})
	switch status(err) {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return Scopes{Untold: true}, nil
	case http.StatusBadRequest, http.StatusForbidden:
		// Pleroma's answers to a bad token; what asks for its owner tells them apart
		// (app_controller.ex, ensure_authenticated_plug.ex).
		return Scopes{Untold: true}, nil
	}
	var unauthorized *backfill.UnauthorizedError
	if errors.As(err, &unauthorized) && unauthorized.Scope != "" {
		return Scopes{Untold: true}, nil // older versions want the scope read here, which is not needed elsewhere
	}
	if err != nil {
		return Scopes{}, err
	}
	have := app.Scopes.Value[:min(len(app.Scopes.Value), mostScopes)]
	for i, name := range have {
		have[i] = cleantext.Line(name, mostScopes)
	}
	if len(have) == 0 {
		return Scopes{Untold: true}, nil
	}
	found := Scopes{Names: have, Lists: ofLists.in(have)}
	for _, n := range needed {
		if !n.in(have) {
			found.Missing = append(found.Missing, n.name)
		}
	}
	return found, nil
}

// checkScopes wants the scopes that are needed, where home shows them.
func (s *Server) checkScopes(ctx context.Context) error {
	found, err := s.Scopes(ctx)
	if err == nil && len(found.Missing) > 0 {
		err = &backfill.UnauthorizedError{Server: s.Host(), Scope: found.Missing[0]}
	}
	return err
}
