package report

import (
	"maps"

	"tootfill/backfill"
)

// Routes are the results of a run by the route of each account, which is empty if none
// was chosen for it.
type Routes struct {
	accounts map[routeStatus]int
	posts    map[routeOutcome]int
}

type routeStatus struct {
	route  backfill.Route
	status backfill.Status
}

type routeOutcome struct {
	route   backfill.Route
	outcome backfill.Outcome
}

// Accounts counts the accounts of a route that ended with a status.
func (r Routes) Accounts(route backfill.Route, status backfill.Status) int {
	return r.accounts[routeStatus{route, status}]
}

// Posts counts the posts of a route with an outcome.
func (r Routes) Posts(route backfill.Route, outcome backfill.Outcome) int {
	return r.posts[routeOutcome{route, outcome}]
}

func (r *Routes) add(result backfill.Result) {
	if r.accounts == nil {
		r.accounts, r.posts = make(map[routeStatus]int), make(map[routeOutcome]int)
	}
	r.accounts[routeStatus{result.Route, result.Status}]++
	for outcome, n := range map[backfill.Outcome]int{
		backfill.Imported: result.Imported, backfill.Held: result.Held, backfill.Refused: result.Refused, backfill.Failed: result.Failed,
	} {
		r.posts[routeOutcome{result.Route, outcome}] += n
	}
}

// Routes returns the results so far by their routes.
func (r *Run) Routes() Routes {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Routes{maps.Clone(r.routes.accounts), maps.Clone(r.routes.posts)}
}
