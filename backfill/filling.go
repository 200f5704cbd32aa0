package backfill

import (
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// knownBatch is how many posts are read from the ledger at a time.
	knownBatch = 500
	// withBoosts marks listings that were read for boosts, too: one that was
	// read without them has gaps.
	withBoosts = "+boosts"
)

// pagePauses are the pauses after which a page that its origin could not give is
// asked for again.
var pagePauses = [...]time.Duration{5 * time.Second, 20 * time.Second}

// filling lists the origin's posts of one account and has those delivered that
// home lacks.
type filling struct {
	*accountRun
	listing  Listing
	delivery Delivery
	window   window
	// order judges in which order the listing is, and untold are the posts that
	// have to wait for that.
	order  orderJudge
	untold []KnownPost
	// newest are those of which is not known yet how new they are among the others.
	newest *newest
	// past says that the last page lies below the window as a whole.
	past bool
	// enough says that the limit or the start of the window is reached.
	enough bool
	// total is how long the listing claims to be.
	total int
	// afresh says that the listing is walked without the places at which earlier
	// walks have stopped.
	afresh bool
	// complete says that the listing was read to its end.
	complete bool
	// taken counts the posts of this walk that belong to the run, which is what
	// the limit is about.
	taken int
	met   *met

	// mu guards what deliveries change: the counts and RetryAt of the result,
	// and the field below.
	mu sync.Mutex
	// left counts the posts that are not tried any more.
	left int
	// vain says that a post was tried in vain in this run, and failures why.
	vain     bool
	failures SharedReason
	// rising says that it is noted that the profile counts too many posts.
	rising bool
}

// fill takes the routes that list posts: resolve, or sidekiq.
func (r *accountRun) fill() error {
	r.result.Route = r.listingRoute()
	if reason, hint := r.lacking(); reason != "" {
		r.fail(NoRoute, reason, hint)
		return nil
	}
	if err := r.checkPause(r.account.Handle.Domain, fediverse.HostOf(r.account.URI)); err != nil {
		return err
	}
	listing, err := r.Origin.Open(r.ctx, r.account)
	if err != nil {
		return err
	}
	if cause, reason := r.unwanted(listing.Actor()); cause != "" {
		r.skip(cause, reason, Hint{})
		return nil
	}
	f := &filling{
		accountRun: r, listing: listing,
		window: window{since: r.Options.Since, until: r.Options.Until},
		met:    newMet(), newest: newNewest(r.Options.Limit),
	}
	begin := r.session.resolve
	if r.result.Route == RouteSidekiq {
		begin = r.push
	}
	if f.delivery, err = begin(f); err != nil {
		return err
	}
	if err := f.summarise(f.delivery.Finish(f.walk())); err != nil {
		return err
	}
	return f.refreshCount()
}

// listingRoute is the route for posts that are listed here.
func (r *accountRun) listingRoute() Route {
	if r.Options.Via == ViaSidekiq || r.Options.Via == ViaAuto && r.Push != nil {
		return RouteSidekiq
	}
	return RouteResolve
}

// lacking says what the route needs and has not got.
func (r *accountRun) lacking() (reason string, hint Hint) {
	switch {
	case r.result.Route == RouteSidekiq && r.Push == nil:
		return "no installation of Mastodon is at hand", Hint{Kind: NameInstallation}
	case r.result.Route == RouteResolve && r.Resolve == nil:
		return "route resolve needs an access token for " + r.Home, Hint{Kind: TokenOrSidekiq}
	}
	return "", Hint{}
}

// unwanted says why the account wants to be left alone, or "".
func (r *accountRun) unwanted(a fediverse.Actor) (cause Cause, reason string) {
	if tag := fediverse.OptOut(append([]string{a.Summary}, a.Fields...)...); tag != "" {
		return OptedOut, optedOut(tag)
	}
	if r.Options.RespectIndexable && a.Indexable != nil && !*a.Indexable {
		return NotIndexable, "does not want to be indexed"
	}
	if a.MovedTo != "" {
		r.tell(Warned{Account: r.account.Handle, Text: "the account has moved to " + a.MovedTo})
	}
	return "", ""
}

// offer settles those posts of this run that need no try, and has the others
// imported.
func (f *filling) offer(posts []KnownPost) error {
	wanted := f.pick(posts)
	f.tell(PageListed{Account: f.account.Handle, Eligible: f.result.Eligible, About: f.about()})
	missing, err := f.delivery.Missing(wanted)
	if err != nil {
		return err
	}
	return f.delivery.Send(missing)
}

// about estimates how many posts belong to the run.
func (f *filling) about() int {
	if f.Options.Limit > 0 && f.total > f.Options.Limit {
		return f.Options.Limit
	}
	if !f.window.since.IsZero() {
		return 0
	}
	return f.total
}

// pick counts the posts that belong to this run and returns those of them that
// are to be tried.
func (f *filling) pick(posts []KnownPost) []KnownPost {
	var wanted []KnownPost
	now := f.Clock.Now()
	for _, k := range posts {
		if f.enough {
			break
		}
		if !f.window.holds(k.Published) || !f.met.isNew(k.URI) {
			continue
		}
		f.taken++
		f.enough = f.Options.Limit > 0 && f.taken >= f.Options.Limit
		if f.met.isSettled(k.URI) {
			continue
		}
		f.result.Eligible++
		switch {
		case k.Outcome.Final():
			f.count(k, Held, "")
		case k.Attempts >= maxAttempts && f.Options.RetryLeft:
			wanted = append(wanted, k)
		case k.Attempts >= maxAttempts:
			f.leaveOne()
			f.count(k, k.Outcome, fmt.Sprintf("left after %d runs", k.Attempts))
		case k.NextTry.After(now.Add(longestRest(k.Attempts))):
			// The clock has stepped back: nothing rests longer than its gap.
			wanted = append(wanted, k)
		case k.NextTry.After(now):
			f.restUntil(k.NextTry)
			f.count(k, k.Outcome, "tried a short while ago")
		default:
			wanted = append(wanted, k)
		}
	}
	return wanted
}

// met are the posts that a walk has met, as hashes: a listing may name a post twice,
// and another listing may begin from the top.
type met struct {
	mu      sync.Mutex
	seed    maphash.Seed
	offered map[uint64]struct{}
	// early are those that were settled before the walk met them: jobs of an
	// earlier process.
	early map[uint64]struct{}
}

func newMet() *met {
	return &met{seed: maphash.MakeSeed(), offered: make(map[uint64]struct{}), early: make(map[uint64]struct{})}
}

// isNew says that the walk has not met the post yet.
func (m *met) isNew(uri string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := maphash.String(m.seed, uri)
	_, seen := m.offered[h]
	m.offered[h] = struct{}{}
	return !seen
}

// has says that the walk has met the post, and asks no more.
func (m *met) has(uri string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, met := m.offered[maphash.String(m.seed, uri)]
	return met
}

// isSettled says that the post was counted before the walk met it.
func (m *met) isSettled(uri string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, settled := m.early[maphash.String(m.seed, uri)]
	return settled
}

// settle notes that a post is settled. It returns true for one that the walk has
// not met yet.
func (m *met) settle(uri string) (early bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := maphash.String(m.seed, uri)
	if _, met := m.offered[h]; met {
		return false
	}
	m.early[h] = struct{}{}
	return true
}

// settleEarly counts the post of a job that an earlier process has pushed, if the
// walk has not met it. It uses up nothing of the limit: the newest posts are still
// to come.
func (f *filling) settleEarly(uri string) {
	if f.met.settle(uri) {
		f.mu.Lock()
		f.result.Eligible++
		f.mu.Unlock()
	}
}

// Account is the account to fill.
func (f *filling) Account() fediverse.Account { return f.account }

// Jobs are those of the account.
func (f *filling) Jobs() ([]RecordedJob, error) { return f.Ledger.Jobs(f.saving, f.run) }

// RecordJobs records jobs.
func (f *filling) RecordJobs(jobs []Job) error { return f.Ledger.RecordJobs(f.saving, f.run, jobs) }

// Fact is a fact about the account.
func (f *filling) Fact(name string) Fact { return factOf(f.Ledger, f.Home, name, f.account.Handle) }

// Tell tells of an event.
func (f *filling) Tell(e Event) { f.tell(e) }

// Wait waits.
func (f *filling) Wait(on string, d time.Duration, reason string) error {
	return f.wait(f.account.Handle, on, d, reason)
}

// HandOver hands the place over.
func (f *filling) HandOver() { f.handOver() }
