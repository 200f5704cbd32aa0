package ledger

import (
	"context"
	"slices"
	"sync"

	"tootfill/backfill"
)

// together writes changes that arrive while earlier ones are being written in one
// transaction. Each transaction waits for the disk, while home answers several imports
// at a time and an interrupt ends the work on all accounts at once.
type together struct {
	// turn is held while changes are written.
	turn sync.Mutex

	mu      sync.Mutex
	waiting []*pendingChange
}

// pendingChange is a change that is to be written: an outcome, or else what change does.
// It may be tried twice. Once written is set, err is what came of it.
type pendingChange struct {
	what    string
	outcome outcomesOf
	change  func(context.Context, Transaction) error
	written bool
	err     error
}

// outcomesOf is what came of posts in a run.
type outcomesOf struct {
	run   backfill.Run
	posts []backfill.KnownPost
}

func (t *together) add(changes ...*pendingChange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, changes...)
}

func (t *together) takeAll() []*pendingChange {
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
	return l.writeTogether(ctx, &pendingChange{what: "recording outcomes for " + r.Account.String(), outcome: outcomesOf{r, posts}})
}

// writeTogether writes changes in one transaction, together with what others have to
// write at the same time. The error is that of the first that cannot be written.
func (l *Ledger) writeTogether(ctx context.Context, own ...*pendingChange) error {
	if err := ctx.Err(); err != nil || len(own) == 0 {
		return err
	}
	l.together.add(own...)
	l.together.turn.Lock()
	defer l.together.turn.Unlock()
	if !own[0].written { // those that are added together are written together
		// The end of ctx must not undo what others write.
		l.writeAll(context.WithoutCancel(ctx), l.together.takeAll())
	}
	for _, c := range own {
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// writeAll writes changes in one transaction or, if one of them cannot be written, each
// in its own.
func (l *Ledger) writeAll(ctx context.Context, all []*pendingChange) {
	if len(all) > 1 && l.writeChanges(ctx, all...) == nil {
		for _, p := range all {
			p.written = true
		}
		return
	}
	for _, p := range all {
		p.written, p.err = true, l.writeChanges(ctx, p)
	}
}

func (l *Ledger) writeChanges(ctx context.Context, all ...*pendingChange) error {
	return l.write(ctx, all[0].what, func(tx Transaction) error {
		for _, o := range joinOutcomes(all) {
			if err := l.recordOutcomes(ctx, tx, o.run, o.posts); err != nil {
				return err
			}
		}
		for _, p := range all {
			if p.change == nil {
				continue
			}
			if err := p.change(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// joinOutcomes puts the outcomes of each run together. Nothing else that is written at
// the same time depends on them: whoever has recorded an outcome waits for it.
func joinOutcomes(all []*pendingChange) (joined []outcomesOf) {
	for _, p := range all {
		if p.change != nil {
			continue
		}
		i := slices.IndexFunc(joined, func(o outcomesOf) bool { return o.run.ID == p.outcome.run.ID })
		if i < 0 {
			joined = append(joined, outcomesOf{run: p.outcome.run})
			i = len(joined) - 1
		}
		joined[i].posts = append(joined[i].posts, p.outcome.posts...)
	}
	return joined
}
