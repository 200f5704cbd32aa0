package replies

import (
	"errors"
	"fmt"
	"net/http"

	"tootfill/backfill"
)

// mostTrouble is how many errors in a row end the asking: home has other things to
// do.
const mostTrouble = 5

// askHome has home fetch the replies to posts by itself. Only where home says that it
// does was it asked; the questions count towards the limit all the same.
func (t *threads) askHome() error {
	trouble, questions := 0, 0
	return t.each(t.Limits.threads(), func(p backfill.Thread) (asked bool, err error) {
		if p.HomeID == "" || t.isTooYoung(p) {
			return false, nil
		}
		if questions++; questions > t.Limits.threads() {
			return false, errEnough
		}
		found, err := backfill.Asked(t.ctx, t.Patience, func() (backfill.Conversation, error) {
			return t.Replies.Home.Conversation(t.ctx, p.HomeID)
		})
		var answer *backfill.AnswerError
		switch {
		case err == nil:
			trouble = 0
			return found.Begun, nil
		case !errors.As(err, &answer):
			return false, err
		case answer.Status == http.StatusOK: // it is only too long, or cannot be read
			return found.Begun, nil
		case answer.Status == http.StatusNotFound: // home no longer has the post
			return false, nil
		}
		if trouble++; trouble < mostTrouble {
			return false, nil
		}
		t.warn(fmt.Sprintf("%s does not fetch replies: %d errors in a row, the last: %v", t.Shared.Home, mostTrouble, err), backfill.Hint{})
		return false, errEnough
	})
}

// errEnough ends the work on an account without being an error.
var errEnough = errors.New("nothing more is asked for")

// isTooYoung reports whether home would not fetch the replies to a post yet. It gets
// most of them as they are written.
func (t *threads) isTooYoung(p backfill.Thread) bool {
	return p.Published.After(t.Clock.Now().Add(-leastAge))
}

// each calls ask for the posts that wait, until it was true for most of them in the
// whole run. The others are left out.
func (t *threads) each(most int, ask func(backfill.Thread) (asked bool, err error)) error {
	done, err := t.Ledger.ReplyCounts(t.saving, t.to.Run)
	if err != nil {
		return err
	}
	for n := done.Asked; n < most; {
		waiting, err := t.Ledger.Threads(t.saving, t.to.Run, 1)
		if err != nil {
			return err
		}
		if len(waiting) == 0 {
			return nil
		}
		asked, err := ask(waiting[0])
		switch {
		case errors.Is(err, errEnough):
			return t.Ledger.EndThreads(t.saving, t.to.Run)
		case err != nil:
			return err
		}
		if err := t.end(waiting[0].URI, asked); err != nil {
			return err
		}
		if asked {
			n++
		}
		if err := t.ctx.Err(); err != nil {
			return err
		}
	}
	return t.Ledger.EndThreads(t.saving, t.to.Run)
}
