package resolve

import (
	"errors"

	"tootfill/backfill"
)

// A post that home fails at twice is to blame (its origin is slow, or home stumbles
// over its object) only if home answers others meanwhile. If home fails at all of
// them the try does not count: otherwise a few runs during an outage would leave
// the newest posts for good.

// answered notes that home has answered an import, with or without the post: home
// is well, so the posts that it failed at before are to blame.
func (d *delivery) answered() error {
	d.route.answers.Add(1)
	return d.judge(func(doubted) bool { return true })
}

// judgeLater keeps a post until it shows whether home is well.
func (d *delivery) judgeLater(t doubted) {
	d.state.Lock()
	defer d.state.Unlock()
	d.unjudged = append(d.unjudged, t)
}

// judge settles the posts that wait for it. Those that are not to blame rest as
// long as after the previous try, and the try does not count.
func (d *delivery) judge(toBlame func(doubted) bool) error {
	d.state.Lock()
	posts := d.unjudged
	d.unjudged = nil
	d.state.Unlock()
	for _, t := range posts {
		now := d.route.Clock.Now()
		k := t.post.AfterBlamelessTry(t.outcome, t.reason, now)
		if toBlame(t) {
			k = t.post.AfterVainTry(t.outcome, t.reason, now)
		}
		if err := d.filling.SettleVain(k); err != nil {
			return err
		}
	}
	return nil
}

// judgeAtEnd settles what no later answer has judged. err is what ended the
// account's imports. If they came to their own end and home still answers, the
// posts that were the only ones to fail, now or in an earlier run, are to blame.
func (d *delivery) judgeAtEnd(err error) error {
	d.state.Lock()
	none := len(d.unjudged) == 0
	d.state.Unlock()
	if none {
		return nil
	}
	ended := err != nil && !backfill.OfListing(err)
	well := !ended && d.route.Patience.HomeIsWell(d.ctx)
	others := d.route.answers.Load() > d.answersBefore
	return d.judge(func(t doubted) bool { return well && (others || t.post.Attempts > 0) })
}

// rest puts off the posts at which home has failed in a row while it was well for
// others. Whether that is their fault is open, so the try does not count.
func (d *delivery) rest() error {
	if !d.stuck.Load() {
		return nil
	}
	for _, t := range d.doubts.takeAgain() {
		if t.outcome != backfill.Failed {
			continue
		}
		k := t.post.AfterStuckTry(t.outcome, t.reason, d.route.Clock.Now())
		if err := d.filling.SettleVain(k); err != nil {
			return err
		}
	}
	return nil
}

// passingRuns is how many runs in a row an origin that gives nothing may do so because
// of a limit. After that its empty answers are about the posts: they rest, so that the
// next runs get to the posts below them.
const passingRuns = 2

// restRefused puts off the posts refused by an origin that gives nothing any more, and
// has given nothing in earlier runs. The try counts if the origin has given others.
func (d *delivery) restRefused(err error) error {
	if !errors.Is(err, backfill.ErrHopeless) {
		return nil
	}
	runs, err := d.filling.Standstills()
	if err != nil || runs < passingRuns {
		return err
	}
	for _, t := range append(d.doubts.takeRow(), d.doubts.takeAgain()...) {
		if t.outcome != backfill.Refused {
			continue
		}
		k := t.post.AfterStuckTry(t.outcome, t.reason, d.route.Clock.Now())
		if d.pace.givenSoFar() > 0 {
			k = t.post.AfterVainTry(t.outcome, t.reason, d.route.Clock.Now())
		}
		if err := d.filling.SettleVain(k); err != nil {
			return err
		}
	}
	return nil
}

// settleVain settles a post that has no success in this run.
func (d *delivery) settleVain(t doubted) error {
	if t.homes {
		d.judgeLater(t)
		return nil
	}
	return d.filling.SettleVain(t.post.AfterVainTry(t.outcome, t.reason, d.route.Clock.Now()))
}
