package backfill

import (
	"slices"
	"sync"
	"time"

	"tootfill/backfill/fediverse"
)

// tally counts what comes of one account. It alone owns the counts; all others tell
// it. Several goroutines may use it.
type tally struct {
	mu sync.Mutex
	n  counts
	// brought says that this process has brought a post to home.
	brought bool
}

// counts are those of a Result, and what else its status depends on.
type counts struct {
	listed, eligible                int
	held, imported, refused, failed int
	foreign                         int
	// claimed is how many posts the origin counts; 0 if it does not say.
	claimed int
	replies *ReplyCounts
	skipped []SkipCount
	// left counts the posts that are no longer tried.
	left int
	// vain says that a post was tried in vain in this run.
	vain bool
	// refusals and failures are why posts were refused and have failed.
	refusals, failures SharedReason
	// rest is when the first resting post may be tried again; zero if none rests.
	rest time.Time
}

// soFar returns the counts.
func (t *tally) soFar() counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.n
	n.skipped = slices.Clone(n.skipped)
	return n
}

// bring notes that this process has brought a post to home.
func (t *tally) bring() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.brought = true
}

// hasBrought reports whether this process has brought a post of the account to home, in
// whatever round.
func (t *tally) hasBrought() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.brought
}

// list counts entries of the listing.
func (t *tally) list(entries int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n.listed += entries
}

// claim notes how many posts the origin counts; 0 if it does not say.
func (t *tally) claim(posts int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n.claimed = max(t.n.claimed, posts)
}

// startOver forgets what was listed, since the listing is read from its top.
func (t *tally) startOver() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n.listed, t.n.foreign, t.n.skipped = 0, 0, nil
}

// beginRound forgets what came of posts: a further round meets all of them again.
func (t *tally) beginRound() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n = counts{listed: t.n.listed, foreign: t.n.foreign, skipped: t.n.skipped, claimed: t.n.claimed}
}

// atLeast is n, where no count is lower than it was before.
func (n counts) atLeast(before counts) counts {
	n.listed, n.eligible = max(n.listed, before.listed), max(n.eligible, before.eligible)
	n.held, n.imported = max(n.held, before.held), max(n.imported, before.imported)
	n.refused, n.failed = max(n.refused, before.refused), max(n.failed, before.failed)
	return n
}

// untold is n once an earlier result of the run has told of so many imports. Home has
// held these posts since.
func (n counts) untold(told int) counts {
	told = min(told, n.imported)
	n.imported, n.held = n.imported-told, n.held+told
	return n
}

// forgetSkipped forgets what was skipped, since another listing has taken over.
func (t *tally) forgetSkipped() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n.skipped = nil
}

// skip counts an entry that is not imported.
func (t *tally) skip(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.n.skipped, func(c SkipCount) bool { return c.Reason == reason })
	if i < 0 {
		i = len(t.n.skipped)
		t.n.skipped = append(t.n.skipped, SkipCount{Reason: reason})
	}
	t.n.skipped[i].Posts++
	if foreign(reason) {
		t.n.foreign++
	}
}

// belongs counts a post that belongs to the run.
func (t *tally) belongs() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n.eligible++
}

// settle counts the outcome of a post.
func (t *tally) settle(uri string, o Outcome, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch o {
	case Imported:
		t.n.imported++
	case Held:
		t.n.held++
	case Refused:
		t.n.refused++
		t.n.refusals.Add(reason)
	case Failed:
		t.n.failed++
		t.n.failures.Add(WithoutPost(reason, uri))
	}
}

// tryInVain notes a post that was tried in vain for the last time in this run.
func (t *tally) tryInVain(k KnownPost) {
	if k.Attempts < maxAttempts {
		t.restUntil(k.NextTry)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n.vain = true
}

// restUntil notes when a post that rests may be tried again.
func (t *tally) restUntil(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n.rest.IsZero() || at.Before(t.n.rest) {
		t.n.rest = at
	}
}

// leave counts a post that is no longer tried.
func (t *tally) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n.left++
}

// countReplies notes what came of the replies to the posts.
func (t *tally) countReplies(n ReplyCounts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n.replies = &n
}

// result is what came of an account: its counts and its verdict.
func (n counts) result(a fediverse.Account, route Route, v verdict) Result {
	r := Result{
		Account: a.Handle, ProfileURL: a.URL, Route: route,
		Listed: n.listed, Eligible: n.eligible, Foreign: n.foreign, Skipped: n.skipped,
		Held: n.held, Imported: n.imported, Refused: n.refused, Failed: n.failed, Replies: n.replies,
		RefusedFor: n.refusals.Shared(), FailedFor: n.failures.Shared(),
		Status: v.status, Cause: v.cause, Reason: v.reason, Hint: v.hint,
		Unspent: v.unspent, Recent: v.recent, RetryAt: v.retryAt,
	}
	if r.RetryAt.IsZero() && !v.resting {
		r.RetryAt = n.rest
	}
	return r
}
