package push

import "slices"

// room is an account's place in the line for room in home's queue, where only so many
// jobs may wait. Accounts get room in turn: one that comes back for more has to let
// those go first that have waited since.
type room struct {
	route *route
	// round is that of the account: lower ones go first.
	round int
	// wants is how many more jobs it wants to push.
	wants int
}

// reserve takes room for n more jobs, if those in the queue, those that other accounts
// are about to push and the accounts that came first leave as much. If they do not, it
// keeps its place in the line. inQueue counts the jobs in the queue, whoever has pushed
// them, and pushed is what the route's pushedSoFar was before they were counted.
func (r *room) reserve(n, inQueue, pushed int) bool {
	r.route.mu.Lock()
	defer r.route.mu.Unlock()
	i := slices.Index(r.route.line, r)
	if i < 0 {
		i = r.join()
	}
	r.wants = n
	used := inQueue + r.route.reserved - pushed
	for _, before := range r.route.line[:i] {
		used += before.wants
	}
	if used+n > max(r.route.Options.MaxWaiting, n) {
		return false
	}
	r.route.line = slices.Delete(r.route.line, i, i+1)
	r.route.reserved += n
	return true
}

// join joins the line, and returns the place in it.
func (r *room) join() int {
	i := slices.IndexFunc(r.route.line, func(o *room) bool { return o.round > r.round })
	if i < 0 {
		i = len(r.route.line)
	}
	r.route.line = slices.Insert(r.route.line, i, r)
	return i
}

// leave gives up the place in the line.
func (r *room) leave() {
	r.route.mu.Lock()
	defer r.route.mu.Unlock()
	r.route.line = slices.DeleteFunc(r.route.line, func(o *room) bool { return o == r })
}

// pushedSoFar counts the jobs whose push is over. Whoever counts the jobs in the queue
// after that sees them there, unless a worker has taken them.
func (r *route) pushedSoFar() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pushed
}

// pushIsOver notes that the push of n jobs is over, whatever came of it.
func (r *route) pushIsOver(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pushed += n
}
