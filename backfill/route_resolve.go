package backfill

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// knownBatch is how many posts are read from the ledger at a time.
const knownBatch = 500

// filling is route resolve for one account: it lists the origin's posts, leaves
// out those that home holds, and has the others imported.
type filling struct {
	*accountRun
	listing Listing
	held    *heldWalk
	window  window
	pace    *originPace
	// enough says that the limit or the start of the window is reached.
	enough bool

	inFlight sync.WaitGroup
	// mu guards what imports in flight change: the fields below and the counts
	// and RetryAt of the result.
	mu sync.Mutex
	// again are the posts that are to be tried once more at the end.
	again []KnownPost
	// trouble counts the errors from home in a row.
	trouble int
	// vain says that a post was tried in vain in this run.
	vain bool
	// ended is what ended the account's imports before their time.
	ended error
}

// fill takes route resolve.
func (r *accountRun) fill() error {
	r.result.Route = RouteResolve
	listing, err := r.Origin.Open(r.ctx, r.account)
	if err != nil {
		return err
	}
	actor := listing.Actor()
	if tag := OptOut(append([]string{actor.Summary}, actor.Fields...)...); tag != "" {
		r.conclude(Skipped, "has opted out ("+tag+" in the profile)", "")
		return nil
	}
	if actor.MovedTo != "" {
		r.tell(Warned{Account: r.account.Handle, Text: "the account has moved to " + actor.MovedTo})
	}
	f := &filling{
		accountRun: r,
		listing:    listing,
		held:       newHeldWalk(r.session.Held, r.account),
		window:     window{since: r.Options.Since, until: r.Options.Until},
		pace:       r.paceOf(r.account.Handle.Domain),
	}
	err = f.walk()
	f.inFlight.Wait()
	if f.ended != nil {
		err = f.ended
	}
	return f.summarise(f.lookAgain(err))
}

func (s *session) paceOf(host string) *originPace {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paces[host] == nil {
		s.paces[host] = &originPace{}
	}
	return s.paces[host]
}

// walk lists the posts from the newest on and offers each of them once. Every
// page is in the ledger before any of its posts is tried, so that a crash
// loses nothing; where the walk meets a stretch that an earlier one has read,
// it goes on below that.
func (f *filling) walk() error {
	stretch := Stretch{}
	for cursor, first := "", true; first || cursor != ""; first = false {
		page, err := f.listing.Page(f.ctx, cursor)
		if err != nil {
			return err
		}
		f.result.Listed += page.Items
		next, known, err := f.Ledger.RecordPage(f.saving, f.run, stretch.ID, ListedPage{
			Source: f.listing.Source(), First: first, Posts: f.eligible(page.Posts), Marks: page.Marks, Next: page.Next,
		})
		if err != nil {
			return fmt.Errorf("recording a page of %s: %w", f.account.Handle, err)
		}
		stretch, cursor = next, next.Next
		if err := f.offer(known); err != nil {
			return err
		}
		if stretch.Joined && !f.enough {
			if err := f.offerKnown(stretch); err != nil {
				return err
			}
		}
		if f.enough || f.pastWindow(page.Posts) {
			break
		}
	}
	f.tell(PageListed{Account: f.account.Handle, Eligible: f.result.Eligible, All: true})
	return nil
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

// eligible returns the posts that may be imported, in this run or another.
func (f *filling) eligible(posts []Post) []Post {
	actor, now := f.listing.Actor(), f.Clock.Now()
	kept := make([]Post, 0, len(posts))
	for _, p := range posts {
		reason := ineligible(p, actor, now)
		if reason == "" {
			kept = append(kept, p)
			continue
		}
		skipped := PostSkipped{Account: f.account.Handle, URI: p.URI, Reason: reason}
		if reason == notForAll {
			skipped.URI = ""
		}
		f.tell(skipped)
	}
	return kept
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
	f.tell(PageListed{Account: f.account.Handle, Eligible: f.result.Eligible})
	missing, err := f.subtractHeld(wanted)
	if err != nil {
		return err
	}
	for _, k := range missing {
		if err := f.begin(k); err != nil {
			return err
		}
	}
	return nil
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
		if !f.window.holds(k.Published) {
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

// restUntil notes when a post that rests may be tried again.
func (f *filling) restUntil(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.result.RetryAt.IsZero() || t.Before(f.result.RetryAt) {
		f.result.RetryAt = t
	}
}

// subtractHeld settles the posts that home already holds and returns the rest.
func (f *filling) subtractHeld(posts []KnownPost) ([]KnownPost, error) {
	var missing, held []KnownPost
	for _, k := range posts {
		holds, err := f.held.holds(f.ctx, k.URI, k.Published)
		if err != nil {
			return nil, fmt.Errorf("reading what %s holds of %s: %w", f.Home, f.account.Handle, err)
		}
		if holds {
			k.Outcome, k.Reason, k.NextTry = Held, "", time.Time{}
			held = append(held, k)
		} else {
			missing = append(missing, k)
		}
	}
	if len(held) == 0 {
		return missing, nil
	}
	if err := f.Ledger.RecordOutcomes(f.saving, f.run, held); err != nil {
		return nil, fmt.Errorf("recording held posts of %s: %w", f.account.Handle, err)
	}
	for _, k := range held {
		f.count(k, Held, "")
	}
	return missing, nil
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
	case f.result.Eligible == 0:
		f.conclude(Done, "nothing to import", "")
	default:
		f.conclude(Done, "", "")
	}
	return nil
}
