package backfill

// A post that home fails at twice is to blame, for an origin that is slow or an
// object that home stumbles over, only if home answers others meanwhile. Where
// home fails at all of them the try is none of the post's: else a few runs during
// an outage would have the newest posts left for good.

// answered notes that home has answered an import, with or without the post: it
// is well, and what it failed at before is to blame.
func (d *resolving) answered() error {
	d.answers.Add(1)
	return d.judge(func(doubted) bool { return true })
}

// judgeLater keeps a post until it shows whether home is well.
func (d *resolving) judgeLater(t doubted) {
	d.state.Lock()
	defer d.state.Unlock()
	d.unjudged = append(d.unjudged, t)
}

// judge settles the posts that wait for it. Those that are not to blame rest for
// as long as after the try before, and have one try more.
func (d *resolving) judge(toBlame func(doubted) bool) error {
	d.state.Lock()
	posts := d.unjudged
	d.unjudged = nil
	d.state.Unlock()
	for _, t := range posts {
		k := afterVainTry(t.post, t.outcome, t.reason, d.Clock.Now())
		if !toBlame(t) {
			k.Attempts = t.post.Attempts
			k.NextTry = d.Clock.Now().Add(retryGap(k.Attempts))
		}
		if err := d.settle(k); err != nil {
			return err
		}
	}
	return nil
}

// judgeAtEnd settles what no later answer has judged. err is what ended the
// account's imports. If they came to their own end and home still answers, those
// posts are to blame that were the only ones to fail, now or in an earlier run.
func (d *resolving) judgeAtEnd(err error) error {
	d.state.Lock()
	none := len(d.unjudged) == 0
	d.state.Unlock()
	if none {
		return nil
	}
	ended := err != nil && !ofListing(err)
	well := !ended && d.Patience.HomeIsWell(d.ctx)
	others := d.answers.Load() > d.answersBefore
	return d.judge(func(t doubted) bool { return well && (others || t.post.Attempts > 0) })
}

// rest puts off the posts at which home has failed in a row while it was well for
// others. Whether that is their fault is open, so it is no try of theirs.
func (d *resolving) rest() error {
	if !d.stuck.Load() {
		return nil
	}
	for _, t := range d.takeAgain() {
		if t.outcome != Failed {
			continue
		}
		k := t.post
		k.Outcome, k.Reason, k.NextTry = t.outcome, t.reason, d.Clock.Now().Add(stuckRest)
		if err := d.settle(k); err != nil {
			return err
		}
	}
	return nil
}

// settle records the last word of this run on a post that was tried in vain.
func (d *resolving) settle(k KnownPost) error {
	if err := d.recordOutcomes(k); err != nil {
		return err
	}
	d.vainTry(k)
	return nil
}
