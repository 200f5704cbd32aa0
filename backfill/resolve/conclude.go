package resolve

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"tootfill/backfill"
)

// tryImport has home import a post, and notes what came of it.
func (d *delivery) tryImport(k backfill.KnownPost) (given bool, err error) {
	id, err := d.route.importer.Import(d.ctx, k.URI)
	k.HomeID = id
	return d.conclude(k, err)
}

// conclude notes what came of an import. given says that home has the post now.
// The error ends the imports of the account.
func (d *delivery) conclude(k backfill.KnownPost, err error) (given bool, _ error) {
	switch {
	case err == nil:
		return true, d.imported(k)
	case errors.Is(err, errWouldImport):
		return false, d.filling.Settle(k.Arrived(backfill.WouldImport))
	case errors.Is(err, backfill.ErrRefused):
		d.endTrouble()
		if err := d.answered(); err != nil {
			return false, err
		}
		return false, d.refused(k)
	case errors.Is(err, context.Canceled), backfill.EndsRun(err):
		return false, err
	}
	return false, d.failed(k, err)
}

func (d *delivery) imported(k backfill.KnownPost) error {
	if err := d.filling.Settle(k.Arrived(backfill.Imported)); err != nil {
		return err
	}
	d.endTrouble()
	d.pace.gave()
	if err := d.answered(); err != nil {
		return err
	}
	return d.endRow()
}

// failed notes an error that home answered with. A post whose error may pass, or
// that may have arrived without an answer in time, is tried once more at the end.
func (d *delivery) failed(k backfill.KnownPost, err error) error {
	t := doubted{post: k, outcome: backfill.Failed, reason: err.Error(), tried: d.route.Clock.Now(), homes: mayPass(err)}
	if !t.homes || !d.doubts.keepForAgain(t) {
		if err := d.settleVain(t); err != nil {
			return err
		}
	}
	if row := d.addTrouble(backfill.WithoutPost(t.reason, k.URI)); row != "" {
		return d.troubled(row, err)
	}
	return nil
}

// refused notes an empty answer. Whether it is about the post or about the
// origin's limit shows in the answers that follow.
func (d *delivery) refused(k backfill.KnownPost) error {
	t := doubted{post: k, outcome: backfill.Refused, reason: d.route.Home + " answered without the post", tried: d.route.Clock.Now()}
	if !d.doubts.addToRow(t) {
		return d.refusedAgain(t)
	}
	if d.doubts.isSuspicious() {
		d.pace.slowDown()
	}
	if d.doubts.becameLimited() {
		d.filling.Tell(backfill.Warned{
			Account: d.account.Handle,
			Text: fmt.Sprintf("%d empty answers in a row: %s seems to limit %s; slowing down",
				suspiciousRow, d.account.Handle.Domain, d.route.Home),
			Hint: backfill.Say("the posts are tried again at the end of this run and in later ones"),
		})
	}
	return nil
}

// refusedAgain notes an empty answer for a post that was refused in an earlier run. If
// home was given others then, the post is refused for good. Otherwise that shows at the
// end of this run.
func (d *delivery) refusedAgain(t doubted) error {
	if t.post.Attempts == 0 && d.doubts.keepForAgain(t) {
		return nil
	}
	return d.settleVain(t)
}

// endRow ends the row, since home was given a post. The posts refused in it get a
// second look, or are refused for good.
func (d *delivery) endRow() error {
	row, final := d.doubts.endRow()
	for _, t := range row {
		if !final && d.doubts.keepForAgain(t) {
			continue
		}
		if err := d.settleVain(t); err != nil {
			return err
		}
	}
	return nil
}

// mayPass reports whether the same request to home may well succeed a little later.
func mayPass(err error) bool {
	var answer *backfill.AnswerError
	if !errors.As(err, &answer) {
		return errors.Is(err, backfill.ErrUncertain)
	}
	switch answer.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	// Below 400 it was not an answer but a page from something in between.
	return answer.Status >= 500 || answer.Status < 400
}
