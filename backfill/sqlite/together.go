package sqlite

import (
	"context"
	"sync"

	"tootfill/backfill"
)

// together records the outcomes of posts that arrive while earlier ones are being
// written in one transaction. Each transaction waits for the disk, and home answers
// several imports at a time.
type together struct {
	// turn is held while outcomes are written.
	turn sync.Mutex

	mu      sync.Mutex
	waiting []*settledPosts
}

// settledPosts are posts of a run whose outcomes are to be recorded. Once recorded is
// set, err is what came of that.
type settledPosts struct {
	run      backfill.Run
	posts    []backfill.KnownPost
	recorded bool
	err      error
}

func (t *together) add(p *settledPosts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, p)
}

func (t *together) takeAll() []*settledPosts {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.waiting
	t.waiting = nil
	return all
}

// RecordOutcomes records what came of posts, and drops the jobs for them; see
// [backfill.Ledger]. A post that was not known becomes known, without a place in
// any listing.
func (l *Ledger) RecordOutcomes(ctx context.Context, r backfill.Run, posts []backfill.KnownPost) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	own := &settledPosts{run: r, posts: posts}
	l.together.add(own)
	l.together.turn.Lock()
	defer l.together.turn.Unlock()
	if !own.recorded {
		// The end of ctx must not undo what others record.
		l.recordAll(context.WithoutCancel(ctx), l.together.takeAll())
	}
	return own.err
}

// recordAll records outcomes in one transaction or, if one of them cannot be recorded,
// each in its own.
func (l *Ledger) recordAll(ctx context.Context, all []*settledPosts) {
	if len(all) > 1 && l.record(ctx, all...) == nil {
		for _, p := range all {
			p.recorded = true
		}
		return
	}
	for _, p := range all {
		p.recorded, p.err = true, l.record(ctx, p)
	}
}

func (l *Ledger) record(ctx context.Context, all ...*settledPosts) error {
	return l.write(ctx, "recording outcomes for "+all[0].run.Account.String(), func(tx transaction) error {
		for _, p := range all {
			if err := l.recordOutcomes(ctx, tx, p.run, p.posts); err != nil {
				return err
			}
		}
		return nil
	})
}
