package push

import "slices"

// room is an account's share of the jobs that may wait. Accounts get it in turn: one
// that comes back for more has to let those go first that have waited since.
type room struct {
	route *route
	// round is that of the account: lower ones go first.
	round int
	taken int
	// wants is how many more jobs it wants to push.
	wants int
}

// reserve takes room for n more jobs, if other accounts, runs and processes, whose
// jobs are already in the queue, and the accounts that came first leave as much. If
// they do not, it keeps its place in the line.
func (r *room) reserve(n, inQueue int) bool {
	r.route.mu.Lock()
	defer r.route.mu.Unlock()
	i := slices.Index(r.route.line, r)
	if i < 0 {
		i = r.join()
	}
	r.wants = n
	used := max(r.route.waiting, inQueue)
	for _, before := range r.route.line[:i] {
		used += before.wants
	}
	if used+n > max(r.route.Options.MaxWaiting, n) {
		return false
	}
	r.route.line = slices.Delete(r.route.line, i, i+1)
	r.route.waiting += n
	r.taken += n
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

// set says how many jobs of the account wait.
func (r *room) set(n int) {
	r.route.mu.Lock()
	defer r.route.mu.Unlock()
	r.route.waiting += n - r.taken
	r.taken = n
}

// leave gives up the room and the place in the line.
func (r *room) leave() {
	r.set(0)
	r.route.mu.Lock()
	defer r.route.mu.Unlock()
	r.route.line = slices.DeleteFunc(r.route.line, func(o *room) bool { return o == r })
}
