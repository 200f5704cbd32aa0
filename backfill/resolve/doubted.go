package resolve

import (
	"slices"
	"sync"
	"time"

	"tootfill/backfill"
)

const (
	// mostAgain bounds how many posts are kept for a second look.
	mostAgain = 200
	// mostWindows bounds how many windows of its origin's limit the second look at
	// an account waits in all.
	mostWindows = 6
)

// doubted is a post that was tried in vain for a reason that may pass. None of that
// is recorded before the second look.
type doubted struct {
	// post is as it was before the try.
	post    backfill.KnownPost
	outcome backfill.Outcome
	reason  string
	tried   time.Time
	// homes says that the error was home's own, which may be about all posts.
	homes bool
}

// wasRefused reports whether the post was refused in an earlier run.
func (t doubted) wasRefused() bool { return t.post.Outcome == backfill.Refused }

// doubts are the posts of an account that were tried in vain in this run and
// have no outcome yet.
type doubts struct {
	mu sync.Mutex
	// row are those refused since home was last given a post; suspicious says that
	// the row has become so long that the origin seems to limit home.
	row        []doubted
	suspicious bool
	// windows is how many windows of the origin's limit the row has lasted, and
	// secondWindows how many of them the second look has waited.
	windows, secondWindows int
	// fresh is how many untried posts may be tried in the row.
	fresh int
	// again are the others.
	again []doubted
	// limited says that a row has been suspicious, and full that there was no room
	// for a refused post.
	limited, full bool
	// second says that the second look has begun: posts refused now while others
	// are not are refused for good.
	second bool
}

// addToRow adds a post to the row. It returns false for one that does not suggest a
// limit: it was already refused in an earlier run.
func (q *doubts) addToRow(t doubted) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.row) == 0 && t.wasRefused() && (t.post.Attempts > 0 || !q.second) {
		return false
	}
	t.post.Object = nil
	q.row = append(q.row, t)
	q.suspicious = q.suspicious || len(q.row) >= suspiciousRow
	return true
}

// becameLimited is true once, when the first row has become suspicious.
func (q *doubts) becameLimited() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.limited || !q.suspicious {
		return false
	}
	q.limited = true
	return true
}

func (q *doubts) isSuspicious() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.suspicious
}

// takeRow takes all posts out of the row.
func (q *doubts) takeRow() []doubted {
	q.mu.Lock()
	defer q.mu.Unlock()
	row := q.row
	q.row = nil
	return row
}

// takeFromRow takes the post that has not been tried for longest out of the row. If
// it is refused again it goes to the end of the row.
func (q *doubts) takeFromRow() (doubted, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.row) == 0 {
		return doubted{}, false
	}
	first := q.row[0]
	q.row = slices.Clone(q.row[1:])
	return first, true
}

// putBack puts posts before the others of the row.
func (q *doubts) putBack(row []doubted) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.row = slices.Concat(row, q.row)
}

// takeAgain takes the posts that were kept for a second look.
func (q *doubts) takeAgain() []doubted {
	q.mu.Lock()
	defer q.mu.Unlock()
	again := q.again
	q.again = nil
	return again
}

// mayWait reports whether to wait for another window of the origin's limit, and
// counts it. patience is how many are worth waiting for.
func (q *doubts) mayWait(patience int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.windows++
	if q.second {
		q.secondWindows++
	}
	return q.windows <= patience && q.secondWindows <= mostWindows
}

// keepForAgain keeps a post for a second look. It returns false if the post gets
// none.
func (q *doubts) keepForAgain(t doubted) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t.outcome == backfill.Failed && q.second {
		return false
	}
	if len(q.again) >= mostAgain {
		q.full = q.full || t.outcome == backfill.Refused && q.limited
		return q.limited && t.outcome == backfill.Refused // it is left as it was
	}
	t.post.Object = nil
	q.again = append(q.again, t)
	return true
}

// allowFresh allows untried posts to be tried: one after the first window, four
// after the second, nine after the third.
func (q *doubts) allowFresh() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fresh = q.windows * q.windows
}

func (q *doubts) mayTryFresh() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fresh == 0 {
		return false
	}
	q.fresh--
	return true
}

// endRow ends the row, since home was given a post, and returns the posts refused
// in it. final says that they are refused for good.
func (q *doubts) endRow() (row []doubted, final bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	row, final = q.row, q.second && !q.suspicious
	q.row, q.suspicious, q.windows, q.fresh = nil, false, 0, 0
	return row, final
}

func (q *doubts) rowIsEmpty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.row) == 0
}

// beginSecondLook notes that the second look begins.
func (q *doubts) beginSecondLook() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.second = true
}

// wasLimited reports whether a row has been suspicious.
func (q *doubts) wasLimited() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.limited
}

// wasFull reports whether there was no room for a refused post.
func (q *doubts) wasFull() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.full
}
