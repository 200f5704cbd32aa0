package backfill

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"
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

// delivery is how posts get from the listing to home: one for each route that
// lists posts itself.
type delivery interface {
	// missing settles those of the posts that home has, and returns the others.
	missing(posts []KnownPost) ([]KnownPost, error)
	// send begins to bring posts to home. It may wait for room.
	send(posts []KnownPost) error
	// finish sees to what is under way. err is what ended the walk; it is
	// returned unless something else has to be told.
	finish(err error) error
}

// filling lists the origin's posts of one account and has those delivered that
// home lacks.
type filling struct {
	*accountRun
	listing  Listing
	delivery delivery
	window   window
	// enough says that the limit or the start of the window is reached.
	enough bool
	// total is how long the listing claims to be.
	total int
	// complete says that the listing was read to its end.
	complete bool
	// offered are hashes of the posts that this run has dealt with: a listing
	// may name a post twice, and another listing may begin from the top.
	offered map[uint64]struct{}
	seed    maphash.Seed

	// mu guards what deliveries change: the counts and RetryAt of the result,
	// and the field below.
	mu sync.Mutex
	// vain says that a post was tried in vain in this run.
	vain bool
}

// fill takes the routes that list posts: resolve, or sidekiq.
func (r *accountRun) fill() error {
	r.result.Route = r.listingRoute()
	if reason, hint := r.lacking(); reason != "" {
		r.conclude(FailedAccount, reason, hint)
		return nil
	}
	listing, err := r.Origin.Open(r.ctx, r.account)
	if err != nil {
		return err
	}
	if reason := r.unwanted(listing.Actor()); reason != "" {
		r.conclude(Skipped, reason, "")
		return nil
	}
	f := &filling{
		accountRun: r, listing: listing,
		window:  window{since: r.Options.Since, until: r.Options.Until},
		offered: make(map[uint64]struct{}), seed: maphash.MakeSeed(),
	}
	if r.result.Route == RouteSidekiq {
		f.delivery, err = newPushing(f)
	} else {
		f.delivery = newResolving(f)
	}
	if err != nil {
		return err
	}
	return f.summarise(f.delivery.finish(f.walk()))
}

// listingRoute is the route for posts that are listed here.
func (r *accountRun) listingRoute() Route {
	if r.Options.Via == ViaSidekiq || r.Options.Via == ViaAuto && r.Workers != nil {
		return RouteSidekiq
	}
	return RouteResolve
}

// lacking says what the route needs and has not got.
func (r *accountRun) lacking() (reason, hint string) {
	switch {
	case r.result.Route == RouteSidekiq && (r.Workers == nil || r.Database == nil):
		return "no installation of Mastodon is at hand", "name its .env.production with --env-file"
	case r.result.Route == RouteResolve && r.Importer == nil:
		return "route resolve needs an access token for " + r.Home, "use --via sidekiq, or see how to make a token in the README"
	}
	return "", ""
}

// unwanted says why the account's own server wants it left alone, or "".
func (r *accountRun) unwanted(a Actor) string {
	if tag := OptOut(append([]string{a.Summary}, a.Fields...)...); tag != "" {
		return optedOut(tag)
	}
	if r.Options.RespectIndexable && a.Indexable != nil && !*a.Indexable {
		return "does not want to be indexed"
	}
	if a.MovedTo != "" {
		r.tell(Warned{Account: r.account.Handle, Text: "the account has moved to " + a.MovedTo})
	}
	return ""
}

// walk lists the posts from the newest on and offers each of them once. Every
// page is in the ledger before any of its posts is tried, so that a crash
// loses nothing; where the walk meets a stretch that an earlier one has read,
// it goes on below that.
func (f *filling) walk() error {
	stretch := Stretch{}
	for cursor, first := "", true; first || cursor != ""; first = false {
		source := f.listing.Source()
		page, err := f.page(cursor)
		if err != nil {
			return err
		}
		if f.listing.Source() != source {
			// Another listing has taken over, with its top page.
			first, stretch = true, Stretch{}
		}
		var known []KnownPost
		if stretch, known, err = f.record(page, stretch, first); err != nil {
			return err
		}
		cursor = stretch.Next
		if err := f.offer(known); err != nil {
			return err
		}
		if stretch.Joined && !f.enough {
			if err := f.offerKnown(stretch); err != nil {
				return err
			}
		}
		if f.enough || f.pastWindow(page.Posts) {
			f.enough = true
			break
		}
	}
	f.complete = !f.enough
	f.tell(PageListed{Account: f.account.Handle, Eligible: f.result.Eligible, All: true})
	return nil
}

// page reads a page, and asks again for one that the origin could not give.
func (f *filling) page(cursor string) (Page, error) {
	for _, pause := range pagePauses {
		page, err := f.listing.Page(f.ctx, cursor)
		var origin *OriginError
		if !errors.As(err, &origin) || !origin.passing() {
			return page, err
		}
		if err := f.wait(f.account.Handle, origin.Host, pause, "a page could not be read"); err != nil {
			return Page{}, err
		}
	}
	return f.listing.Page(f.ctx, cursor)
}

// record records a page before anything is done with its posts, and returns
// those of them that may be imported, with what is known of them.
func (f *filling) record(page Page, stretch Stretch, first bool) (Stretch, []KnownPost, error) {
	f.result.Listed += page.Items
	f.total = max(f.total, page.Total)
	source := f.listing.Source()
	if f.Options.Boosts {
		source += withBoosts
	}
	posts, err := f.eligible(page.Posts)
	if err != nil {
		return stretch, nil, err
	}
	objects := make(map[string][]byte)
	for _, p := range posts {
		if p.Object != nil {
			objects[p.URI] = p.Object
		}
	}
	stretch, known, err := f.Ledger.RecordPage(f.saving, f.run, stretch.ID, ListedPage{
		Source: source, First: first, Posts: posts, Marks: page.Marks, Next: page.Next,
	})
	if err != nil {
		return stretch, nil, fmt.Errorf("recording a page of %s: %w", f.account.Handle, err)
	}
	for i := range known {
		known[i].Object = objects[known[i].URI]
	}
	return stretch, known, nil
}

// pastWindow says that a page reaches down below --since as a whole.
func (f *filling) pastWindow(posts []Post) bool {
	dated := false
	for _, p := range posts {
		if p.Boost || p.Published.IsZero() {
			continue
		}
		if !f.window.tooOld(p.Published) {
			return false
		}
		dated = true
	}
	return dated
}

// eligible returns the posts that may be imported, in this run or another, and
// tells of the others.
func (f *filling) eligible(posts []Post) ([]Post, error) {
	actor, now := f.listing.Actor(), f.Clock.Now()
	if err := f.date(posts); err != nil {
		return nil, err
	}
	kept := make([]Post, 0, len(posts))
	for _, p := range posts {
		reason := ineligible(p, actor, f.Options.Boosts, now)
		if reason == "" {
			kept = append(kept, p)
			continue
		}
		if foreign(reason) {
			f.result.Foreign++
		}
		skipped := PostSkipped{Account: f.account.Handle, URI: p.URI, Reason: reason}
		if reason == notForAll {
			skipped.URI = ""
		}
		f.tell(skipped)
	}
	return kept, nil
}

// date completes the bare posts among those of a page, in place, where their
// dates matter: from the ledger, if an earlier run has learnt them, or else from
// the origin.
func (f *filling) date(posts []Post) error {
	if f.window == (window{}) {
		return nil
	}
	for i, p := range posts {
		if !p.Bare || p.Boost || !p.Published.IsZero() {
			continue
		}
		known, err := f.Ledger.Recorded(f.saving, f.run, posts[i:i+1])
		if err != nil {
			return fmt.Errorf("reading what is known of %s: %w", f.account.Handle, err)
		}
		if posts[i].Published = known[0].Published; !posts[i].Published.IsZero() {
			continue
		}
		if posts[i], err = f.listing.Complete(f.ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// offerKnown offers the posts of a stretch that an earlier walk has read.
func (f *filling) offerKnown(stretch Stretch) error {
	for after := (Place{}); ; {
		known, err := f.Ledger.Known(f.saving, f.run, stretch.ID, after, knownBatch)
		if err != nil {
			return fmt.Errorf("reading what is known of %s: %w", f.account.Handle, err)
		}
		if len(known) == 0 {
			return nil
		}
		f.result.Listed += len(known)
		if err := f.offer(known); err != nil || f.enough {
			return err
		}
		last := known[len(known)-1]
		if !slices.ContainsFunc(known, func(k KnownPost) bool { return !f.window.tooOld(k.Published) }) {
			f.enough = true
			return nil
		}
		after = Place{Published: last.Published, URI: last.URI}
	}
}

// offer settles those posts of this run that need no try, and has the others
// imported.
func (f *filling) offer(posts []KnownPost) error {
	wanted := f.pick(posts)
	f.tell(PageListed{Account: f.account.Handle, Eligible: f.result.Eligible, About: f.about()})
	missing, err := f.delivery.missing(wanted)
	if err != nil {
		return err
	}
	return f.delivery.send(missing)
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
		if !f.window.holds(k.Published) || !f.isNew(k.URI) {
			continue
		}
		f.result.Eligible++
		f.enough = f.result.Eligible == f.Options.Limit
		switch {
		case k.Outcome.Final():
			f.count(k, Held, "")
		case k.Attempts >= maxAttempts:
			f.count(k, k.Outcome, fmt.Sprintf("left after %d runs", k.Attempts))
		case k.NextTry.After(now.Add(retryGap(k.Attempts))):
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

// isNew says that the run has not dealt with the post yet.
func (f *filling) isNew(uri string) bool {
	h := maphash.String(f.seed, uri)
	_, seen := f.offered[h]
	f.offered[h] = struct{}{}
	return !seen
}

// restUntil notes when a post that rests may be tried again.
func (f *filling) restUntil(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.result.RetryAt.IsZero() || t.Before(f.result.RetryAt) {
		f.result.RetryAt = t
	}
}

// settleHeld records that home holds posts.
func (f *filling) settleHeld(held []KnownPost) error {
	for i := range held {
		held[i].Outcome, held[i].Reason, held[i].NextTry = Held, "", time.Time{}
	}
	if err := f.recordOutcomes(held...); err != nil {
		return err
	}
	for _, k := range held {
		f.count(k, Held, "")
	}
	return nil
}

func (f *filling) recordOutcomes(posts ...KnownPost) error {
	if len(posts) == 0 {
		return nil
	}
	if err := f.Ledger.RecordOutcomes(f.saving, f.run, posts); err != nil {
		return fmt.Errorf("recording what came of posts of %s: %w", f.account.Handle, err)
	}
	return nil
}

// vainTry counts a post that was tried in vain for the last time in this run.
func (f *filling) vainTry(k KnownPost) {
	f.mu.Lock()
	f.vain = true
	f.mu.Unlock()
	if k.Attempts < maxAttempts {
		f.restUntil(k.NextTry)
	}
	f.count(k, k.Outcome, k.Reason)
}

// count adds a post's outcome to the result and tells of it.
func (f *filling) count(k KnownPost, o Outcome, reason string) {
	f.mu.Lock()
	switch o {
	case Imported:
		f.result.Imported++
	case Held:
		f.result.Held++
	case Refused:
		f.result.Refused++
	case Failed:
		f.result.Failed++
	}
	f.mu.Unlock()
	f.tell(PostSettled{Account: f.account.Handle, URI: k.URI, Outcome: o, Reason: reason})
}

// summarise turns what came of the posts into the account's status. err is what
// ended the walk or the imports before their time.
func (f *filling) summarise(err error) error {
	switch {
	case errors.Is(err, errQueued):
		f.open = true
		f.conclude(Queued, "its jobs are in the queue of "+f.Home, "the same command, or --due, shows later what came of them")
		f.result.RetryAt = f.Clock.Now().Add(deferral)
	case errors.Is(err, errHopeless):
		f.open = true
		f.result.RetryAt = f.Clock.Now().Add(deferral)
		f.conclude(Partial, f.account.Handle.Domain+" seems to limit "+f.Home+", which answers without the posts",
			"the rest is tried again by later runs")
	case err != nil:
		return err
	case f.vain && f.result.Failed > 0:
		f.conclude(Partial, "some posts failed", "they are tried again by later runs")
	case f.vain && f.result.Imported+f.result.Held == 0:
		f.conclude(Partial, f.Home+" took none of the posts",
			"it may block "+f.account.Handle.Domain+", or that server may refuse "+f.Home)
	case f.complete:
		f.conclude(f.shortfall())
	default:
		f.conclude(Done, "", "")
	}
	return nil
}

// shortfall is the outcome of a listing that was read to its end.
func (f *filling) shortfall() (status Status, reason, hint string) {
	host := f.account.Handle.Domain
	switch f.listing.Shortfall() {
	case Hidden:
		return Skipped, host + " does not list the account's posts", hiddenHint
	case Capped:
		return Done, host + " lists only the latest posts", "older ones can be read on the profile's page"
	case Moved:
		return Skipped, "the account has moved to " + f.listing.Actor().MovedTo, "backfill the new account"
	case Suspended:
		return Skipped, host + " has suspended the account", suspendedHint
	case Empty:
		return Done, host + " lists no posts", "those for followers only are in no list"
	}
	if f.result.Eligible == 0 {
		return Done, "nothing to import", ""
	}
	return Done, "", ""
}
