package backfill

import (
	"cmp"
	"errors"

	"tootfill/backfill/fediverse"
)

// listingRoute is the route for posts that are listed here, and the function that
// begins a delivery on it; nil if the route is not open.
func (r *accountRun) listingRoute() (Route, func(Filling) (Delivery, error)) {
	if r.options.Via == ViaSidekiq || r.options.Via == ViaAuto && r.s.beginPush != nil {
		return RouteSidekiq, r.s.beginPush
	}
	return RouteResolve, r.s.beginResolve
}

// closed says what the route for listed posts needs and lacks.
func (r *accountRun) closed() *verdict {
	if r.route == RouteSidekiq {
		return new(failed(NoRoute, "no installation of Mastodon was found", Hint{Kind: NameInstallation}))
	}
	return new(failed(NoRoute, "route resolve needs an access token for "+r.s.engine.Home, Hint{Kind: TokenOrSidekiq, About: r.s.engine.Home}))
}

// fill takes the routes that list posts: resolve, or sidekiq.
func (r *accountRun) fill() (*verdict, error) {
	if r.catchesUp() {
		return nil, errNextRound
	}
	route, begin := r.listingRoute()
	r.route = route
	if begin == nil {
		return r.closed(), nil
	}
	if err := r.s.checkPause(r.account.Handle.Domain, fediverse.HostOf(r.account.URI)); err != nil {
		return nil, err
	}
	if err := r.s.checkDown(r.named, fediverse.HostOf(r.account.URI)); err != nil {
		return nil, err
	}
	listing, err := r.open()
	if err != nil {
		return nil, r.heedOrigin(err, false)
	}
	check := &recheck{run: r, listing: listing}
	if v, err := check.early(); v != nil || err != nil {
		return v, err
	}
	f := r.newFilling()
	r.awaitReplies(f, check, begin)
	w, err := r.bring(f, begin, check, 0)
	if err == nil && check.moved.Load() && !w.posts.picker.enough {
		w, err = r.bring(f, begin, check, w.posts.picker.inRun)
	}
	if left := leftAloneBy(err); left != nil {
		return left, nil
	}
	err = r.heedOrigin(err, r.originAnswered(err, listing))
	if w != nil && w.posts.picker.cut && (err == nil || errors.Is(err, ErrQueued) && r.options.NoWait) {
		return nil, r.endRound(w, check.moved.Load())
	}
	v, err := r.concludePosts(w, err)
	if err != nil {
		return nil, err
	}
	err = r.bringReplies(f)
	if left := leftAloneBy(err); left != nil {
		return left, nil
	}
	if err != nil {
		return nil, err
	}
	return &v, f.refreshProfile()
}

// bring walks through the listing and delivers the posts that belong to the run. met
// is how many of those were met before.
func (r *accountRun) bring(f *filling, begin func(Filling) (Delivery, error), check *recheck, met int) (*walk, error) {
	delivery, err := begin(f)
	if err != nil {
		return nil, err
	}
	p := newPump(checkedDelivery{Delivery: delivery, check: check})
	w := r.newWalk(f, check.listing, p)
	w.posts.picker.inRun = met
	err = w.read()
	var origin *OriginError
	down := errors.As(err, &origin) && origin.Down // then the next account has to know that first
	if !down && (err == nil || OfListing(err)) {
		r.handOver()
	}
	return w, p.finish(err)
}

// open opens the listing of the account.
func (r *accountRun) open() (Listing, error) {
	origin := r.s.engine.originFor(r.options)
	open := origin.Open
	if r.options.Full {
		open = origin.Reopen
	}
	var listing Listing
	var err error
	r.slot.whileAway(func() { listing, err = open(r.ctx, r.account) })
	if err != nil {
		return nil, err
	}
	return &awayListing{Listing: listing, slot: r.slot}, nil
}

// unwanted says why the account wants to be left alone, if it does.
func (r *accountRun) unwanted(a fediverse.Actor) *verdict {
	var excluded *ExcludedError
	if errors.As(r.options.Exclusions.Account(r.account.Handle, fediverse.HostOf(a.URI)), &excluded) {
		return new(excluded.verdict())
	}
	if tag := fediverse.OptOut(append([]string{a.Summary}, a.Fields...)...); tag != "" {
		return new(skipped(OptedOut, optedOut(tag), Hint{}))
	}
	if r.options.RespectIndexable && a.Indexable != nil && !*a.Indexable {
		return new(skipped(NotIndexable, "does not want to be indexed", Hint{}))
	}
	return nil
}

func (r *accountRun) newFilling() *filling {
	return &filling{
		s: r.s, ctx: r.ctx, account: r.account, now: r.accountNow, full: r.options.Full, run: r.run, round: r.progress.round,
		tally: &r.tally, met: newMetPosts(), slot: r.slot,
		standstills: r.tries().inVain,
		profile:     &profileCount{account: r.account, clock: r.s.engine.Clock, since: r.s.factOf(r.account, "profile_count")},
	}
}

// newWalk is a walk over the listing that has the posts which belong to the run
// delivered.
func (r *accountRun) newWalk(f *filling, l Listing, to *pump) *walk {
	within := window{since: r.options.Since, until: r.options.Until}
	p := r.newPicker(f, within)
	w := &walk{
		filling: f, afresh: r.options.Full, before: r.progress, total: r.progress.total,
		pages: pageReader{filling: f, listing: l, boosts: r.options.Boosts, excluded: r.options.Exclusions, window: within},
		lost: lostPlaces{
			account: r.account.Handle, clock: r.s.engine.Clock,
			fact: NewFact(r.s.engine.Ledger, r.account.Handle.Domain, "lost_place", r.account.Handle),
		},
	}
	w.posts = &gatherer{picker: p, newest: newNewest(cmp.Or(r.options.Limit, mostKept)), offer: func(posts []KnownPost) error {
		wanted := p.pick(posts)
		f.Tell(PageListed{Account: r.account.Handle, Eligible: w.eligible(), About: p.about(w.total)})
		if r.route == RouteResolve {
			dropObjects(wanted)
		}
		return to.offer(wanted)
	}}
	return w
}

func (r *accountRun) newPicker(f *filling, within window) *picker {
	p := &picker{filling: f, wanted: r.options.Limit, limit: r.options.Limit, retryLeft: r.options.RetryLeft, window: within, last: true, full: r.options.Full}
	if r.inRounds() {
		p.round, p.before = r.progress.round, r.progress.remarked
		p.limit, p.last = roundLimit(p.round, p.wanted)
	}
	return p
}

// dropObjects drops what only route sidekiq passes on: many objects take much memory.
func dropObjects(posts []KnownPost) {
	for i := range posts {
		posts[i].Object = nil
	}
}

// refreshProfile has home refresh the account if its profile counts too many posts.
// If home does not, the backfill has not failed: a later run asks again.
func (f *filling) refreshProfile() error {
	if f.s.engine.Refresher == nil || f.ctx.Err() != nil {
		return nil
	}
	stale, err := f.profile.isStale(f.s.saving)
	if !stale || err != nil {
		return err
	}
	if err := f.s.engine.Refresher.Refresh(f.ctx, f.account); err != nil {
		f.s.tell(Warned{
			Account: f.account.Handle, Text: "the number of posts on its profile was not refreshed: " + reasonOf(err),
			Hint: Say("a later run asks " + f.s.engine.Home + " again"),
		})
		return nil
	}
	return f.profile.forget(f.s.saving)
}
