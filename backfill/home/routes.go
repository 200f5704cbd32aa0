package home

import (
	"context"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Ways are the ways in which home can be reached.
type Ways struct {
	// API says that home's API can be asked, with a token.
	API bool
	// Installation says that home's own database and Sidekiq can be reached.
	Installation bool
	// Software is what home runs; the zero Software if nobody has asked.
	Software fediverse.Software
}

// Memory is what the ledger remembers of servers.
type Memory interface {
	Recall(ctx context.Context, server, name string) (string, error)
}

// OpenRoutes are the routes that nothing known rules out. listed says that the
// account's posts can be listed. Whether home offers backfills of its own shows
// only when it is asked for one.
func OpenRoutes(ctx context.Context, m Memory, home string, w Ways, listed bool) ([]backfill.Route, error) {
	none, err := backfill.NoEndpoint(ctx, m, home)
	if err != nil {
		return nil, err
	}
	var routes []backfill.Route
	if w.API && !none && !TooOld(w.Software) {
		routes = append(routes, backfill.RouteRequest)
	}
	if listed && w.Installation {
		routes = append(routes, backfill.RouteSidekiq)
	}
	if listed && w.API {
		routes = append(routes, backfill.RouteResolve)
	}
	return routes, nil
}

// TooOld reports whether a home that runs this software is older than any server
// that could offer backfills of its own.
func TooOld(s fediverse.Software) bool { return s.MastodonBefore(4, 0) }
