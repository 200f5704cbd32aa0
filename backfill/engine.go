package backfill

// Engine runs backfills.
type Engine struct {
	Accounts Accounts
	// Introducer is asked about many accounts at once; nil has Accounts asked about each.
	Introducer Introducer
	Requester  Requester // nil leaves route request out
	// Resolve and Push are the routes resolve and sidekiq; nil leaves one out.
	Resolve, Push Deliverer
	// Replies brings the replies to imported posts; nil leaves them out.
	Replies Replies
	// Refresher corrects the number of posts on profiles; nil leaves it to home.
	Refresher Refresher
	Origin    Origin
	// ByListing is the origin read by a kind of listing that was asked for; nil means
	// Origin, whatever the kind.
	ByListing func(kind string) Origin
	Ledger    Ledger
	Clock     Clock
	Listener  Listener
	// Patience waits out short outages; nil means that each run has its own,
	// without a pulse.
	Patience *Patience
	// Home is the name of the home server, as people and the ledger know it.
	Home string
	// Asker is who asks home: the id of the token's account. What home tells it of
	// accounts is remembered for a week; if it is empty, home is asked each time.
	Asker   string
	Options Options
}

// originFor reads origins in the way that was asked for.
func (e *Engine) originFor(o Options) Origin {
	if o.Listing == "" || e.ByListing == nil {
		return e.Origin
	}
	return e.ByListing(o.Listing)
}

// optionsFor are the options for one target. It does not insist on a route that is
// not open in this process.
func (e *Engine) optionsFor(j Target) Options {
	if j.Wanted == nil {
		o := e.Options
		o.NotFollowed = o.NotFollowed || j.NotFollowed
		return o
	}
	o := e.Options.with(*j.Wanted)
	closed := o.Via == ViaSidekiq && e.Push == nil || o.Via == ViaResolve && e.Resolve == nil ||
		o.Via == ViaRequest && e.Requester == nil
	if o.Via == "" || closed {
		o.Via = e.Options.Via
	}
	return o
}
