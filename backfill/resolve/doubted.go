package resolve

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tootfill/backfill"
)

// mostAgain bounds how many posts are kept for a second look.
const mostAgain = 200

// doubted is a post that was tried in vain, for a reason that may pass. Nothing
// of that is recorded until it has stood the second look.
type doubted struct {
	// post is as it was before the try.
	post    backfill.KnownPost
	outcome backfill.Outcome
	reason  string
	tried   time.Time
	// homes says that the error was home's own, which may be about all posts.
	homes bool
}

// doubts are the posts of an account that were tried in vain in this run and
// have no outcome yet.
type doubts struct {
	// row are those refused since home was given a post last; suspicious says
	// that the row has become so long that the origin seems to limit home.
	row        []doubted
	suspicious bool
	// windows is for how many windows of the origin's limit the row has lasted,
	// and secondWindows for how many of them the second look has waited.
	windows, secondWindows int
	// fresh is how many posts that were not tried yet may be tried in the row.
	fresh int
	// again are the others.
	again []doubted
	// limited says that a row has been suspicious, and full that there was no
	// room for a post that was refused.
	limited, full bool
	// second says that the second look has begun: who is refused now while
	// others are not is refused for good.
	second bool
}

// refused notes an empty answer. Whether it is about the post or about the
// origin's limit shows in the answers that follow.
func (d *delivery) refused(k backfill.KnownPost) error {
	t := doubted{post: k, outcome: backfill.Refused, reason: d.route.Home + " answered without the post", tried: d.route.Clock.Now()}
	if !d.addToRow(t) {
		return d.settleVain(t)
	}
	if d.isSuspicious() {
		d.pace.slowDown()
	}
	if d.becameLimited() {
		d.filling.Tell(backfill.Warned{
			Account: d.account.Handle,
			Text: fmt.Sprintf("%d empty answers in a row: %s seems to limit %s; slowing down",
				suspiciousRow, d.account.Handle.Domain, d.route.Home),
			Hint: backfill.Say("the posts are tried again at the end of this run and in later ones"),
		})
	}
	return nil
}

// addToRow adds a post to the row. It is false for one that speaks for no limit:
// an earlier run, in which others were given, was refused it already.
func (d *delivery) addToRow(t doubted) bool {
	d.state.Lock()
	defer d.state.Unlock()
	if len(d.doubts.row) == 0 && t.post.Outcome == backfill.Refused && t.post.Attempts > 0 {
		return false
	}
	t.post.Object = nil
	d.doubts.row = append(d.doubts.row, t)
	d.doubts.suspicious = d.doubts.suspicious || len(d.doubts.row) >= suspiciousRow
	return true
}

// becameLimited is true once, when the first row has become suspicious.
func (d *delivery) becameLimited() bool {
	d.state.Lock()
	defer d.state.Unlock()
	if d.doubts.limited || !d.doubts.suspicious {
		return false
	}
	d.doubts.limited = true
	return true
}

func (d *delivery) isSuspicious() bool {
	d.state.Lock()
	defer d.state.Unlock()
	return d.doubts.suspicious
}

// endRow ends the row, since home was given a post: who was refused in it is
// looked at again, or is refused for good.
func (d *delivery) endRow() error {
	d.state.Lock()
	row, settle := d.doubts.row, d.doubts.second && !d.doubts.suspicious
	d.doubts.row, d.doubts.suspicious, d.doubts.windows, d.doubts.fresh = nil, false, 0, 0
	d.state.Unlock()
	for _, t := range row {
		if !settle && d.keepForAgain(t) {
			continue
		}
		if err := d.settleVain(t); err != nil {
			return err
		}
	}
	return nil
}

// takeRow takes all posts out of the row.
func (d *delivery) takeRow() []doubted {
	d.state.Lock()
	defer d.state.Unlock()
	row := d.doubts.row
	d.doubts.row = nil
	return row
}

// takeFromRow takes the post out of the row that was not tried for longest. If it
// is refused again it comes to the end of the row.
func (d *delivery) takeFromRow() (doubted, bool) {
	d.state.Lock()
	defer d.state.Unlock()
	if len(d.doubts.row) == 0 {
		return doubted{}, false
	}
	first := d.doubts.row[0]
	d.doubts.row = slices.Clone(d.doubts.row[1:])
	return first, true
}

// putBack puts posts before the others of the row.
func (d *delivery) putBack(row []doubted) {
	d.state.Lock()
	defer d.state.Unlock()
	d.doubts.row = append(row, d.doubts.row...)
}

// takeAgain takes the posts that were kept for a second look.
func (d *delivery) takeAgain() []doubted {
	d.state.Lock()
	defer d.state.Unlock()
	again := d.doubts.again
	d.doubts.again = nil
	return again
}

// mayWait says whether another window of the origin's limit may be waited for,
// and counts it.
func (d *delivery) mayWait() bool {
	patience := d.pace.patience()
	d.state.Lock()
	defer d.state.Unlock()
	d.doubts.windows++
	if d.doubts.second {
		d.doubts.secondWindows++
	}
	return d.doubts.windows <= patience && d.doubts.secondWindows <= mostWindows
}

// keepForAgain keeps a post for a second look. It is false for one that has no
// second look before it.
func (d *delivery) keepForAgain(t doubted) bool {
	d.state.Lock()
	defer d.state.Unlock()
	q := &d.doubts
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

// allowFresh allows posts to be tried that were not tried yet: one after the first
// window, four after the second, nine after the third.
func (d *delivery) allowFresh() {
	d.state.Lock()
	defer d.state.Unlock()
	d.doubts.fresh = d.doubts.windows * d.doubts.windows
}

func (d *delivery) mayTryFresh() bool {
	d.state.Lock()
	defer d.state.Unlock()
	if d.doubts.fresh == 0 {
		return false
	}
	d.doubts.fresh--
	return true
}

// settleVain settles a post that stays without success in this run.
func (d *delivery) settleVain(t doubted) error {
	if t.homes {
		d.judgeLater(t)
		return nil
	}
	return d.filling.SettleVain(t.post.AfterVainTry(t.outcome, t.reason, d.route.Clock.Now()))
}

// mayPass says that the same request to home may well succeed a little later.
func mayPass(err error) bool {
	var answer *backfill.AnswerError
	if !errors.As(err, &answer) {
		return errors.Is(err, backfill.ErrUncertain)
	}
	switch answer.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	// Below 400 it was no answer, but a page of something in between.
	return answer.Status >= 500 || answer.Status < 400
}
