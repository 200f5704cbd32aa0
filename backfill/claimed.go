package backfill

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tootfill/backfill/fediverse"
)

// claimMemory is how long to remember how many posts an origin counts.
const claimMemory = 10 * 365 * 24 * time.Hour

// claimFact is how many posts the origin of an account counts.
func claimFact(m Memory, h fediverse.Handle) Fact { return NewFact(m, h.Domain, "posts counted of", h) }

// ClaimedPosts recalls how many posts the origin of an account counted the last time that
// a page of its listing said so, boosts and others that are not public included; 0 if none
// did.
func ClaimedPosts(ctx context.Context, m Memory, h fediverse.Handle) (int, error) {
	text, err := claimFact(m, h).Recall(ctx)
	if err != nil {
		return 0, fmt.Errorf("recalling how many posts of %s there are: %w", h, err)
	}
	posts, _ := strconv.Atoi(text) // anything but a number was never ours
	return max(0, posts), nil
}

// claimMemo is what to remember of that; nil if the origin has not said how many there are.
func (r *accountRun) claimMemo(posts int) *Memo {
	if posts == 0 {
		return nil
	}
	return claimFact(r.s.engine.Ledger, r.account.Handle).Memo(strconv.Itoa(posts), r.s.now().Add(claimMemory))
}
