package resolve

import (
	"errors"
	"time"

	"tootfill/backfill"
)

// beforeSecondLook is the least time between two tries of a post.
const beforeSecondLook = 5 * time.Second

// probePauses are the pauses between the tries of an origin that gives nothing;
// the last one is repeated.
var probePauses = [...]time.Duration{5 * time.Second, 15 * time.Second, 40 * time.Second, 60 * time.Second}

// waitForOrigin pauses the imports from the account's origin.
func (d *delivery) waitForOrigin(pause time.Duration) error {
	host := d.account.Handle.Domain
	return d.filling.Wait(host, pause, host+" seems to limit "+d.route.Home)
}

// beginFinding takes the turn to find out whether the origin gives again: if several
// of its accounts did so at once, each would wait for it as long again.
func (d *delivery) beginFinding() error {
	if d.finding {
		return nil
	}
	select {
	case d.pace.turn <- struct{}{}:
		d.finding = true
		return nil
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
}

// endFinding gives the turn to another account of the origin.
func (d *delivery) endFinding() {
	if d.finding {
		d.finding = false
		<-d.pace.turn
	}
}

// tryNow imports a post while no other of the account is under way.
func (d *delivery) tryNow(k backfill.KnownPost) (given bool, err error) {
	if err := d.enter(); err != nil {
		return false, err
	}
	defer d.route.imports.leave()
	return d.tryImport(k)
}

// awaitOrigin waits until an origin that has given nothing for a whole row gives
// again. It tries posts of the row, not fresh ones. Only after a whole window of
// the origin's limit does it try fresh, since the posts of the row may be
// unavailable; the longer the row lasts, the more fresh posts it tries. tried says
// that it has tried fresh.
func (d *delivery) awaitOrigin(fresh backfill.KnownPost) (tried bool, err error) {
	if !d.doubts.mayTryFresh() {
		if gives, err := d.awaitWindow(); gives || err != nil {
			return false, err
		}
		d.doubts.allowFresh()
		return d.awaitOrigin(fresh)
	}
	if pause := d.pace.before(); pause > 0 {
		if err := d.waitForOrigin(pause); err != nil {
			return false, err
		}
	}
	row := d.doubts.takeRow()
	gives, err := d.tryNow(fresh)
	if !gives || err != nil {
		d.doubts.putBack(row)
		return true, err
	}
	return true, d.lookWhileOpen(row)
}

// awaitWindow tries posts of the row for one window.
func (d *delivery) awaitWindow() (gives bool, err error) {
	if err := d.beginFinding(); err != nil {
		return false, err
	}
	if !d.doubts.mayWait(d.pace.patience()) {
		d.pace.runDry()
		return false, backfill.ErrHopeless
	}
	until := d.route.Clock.Now().Add(limitWindow)
	for i := 0; ; i++ {
		pause := min(probePauses[min(i, len(probePauses)-1)], until.Sub(d.route.Clock.Now()))
		if pause <= 0 {
			return false, nil
		}
		if err := d.waitForOrigin(pause); err != nil {
			return false, err
		}
		t, ok := d.doubts.takeFromRow()
		if !ok {
			return false, nil
		}
		if gives, err := d.tryNow(t.post); gives || err != nil {
			return gives, err
		}
	}
}

// lookWhileOpen looks again at a row that was refused for a whole window, now that
// a fresh post was given at once: posts refused again are unavailable.
func (d *delivery) lookWhileOpen(row []doubted) error {
	for _, t := range row {
		if err := d.filling.Wait(d.account.Handle.Domain, d.untilSecondLook(t), "a second look"); err != nil {
			return err
		}
		if err := d.enter(); err != nil {
			return err
		}
		id, err := d.route.importer.Import(d.ctx, t.post.URI)
		d.route.imports.leave()
		if errors.Is(err, backfill.ErrRefused) {
			err = d.settleVain(t)
		} else {
			t.post.HomeID = id
			_, err = d.conclude(t.post, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lookAgain tries the posts whose first answer may not have been about the post
// once more, slowly and one by one. err is what ended the first pass; it is
// returned unless something worse has happened. If home or the origin no longer
// gives anything, the posts are left as they were.
func (d *delivery) lookAgain(err error) error {
	if err != nil && !backfill.OfListing(err) {
		return err
	}
	look := d.secondLook()
	if look == nil && d.doubts.wasFull() {
		look = backfill.ErrHopeless
	}
	if err != nil && (look == nil || errors.Is(look, backfill.ErrHopeless)) {
		return err
	}
	return look
}

// secondLook goes through the posts in rounds: during a round the origin may limit
// home again.
func (d *delivery) secondLook() error {
	if err := d.sitOut(); err != nil {
		return err
	}
	posts, err := d.chooseForAgain()
	if err != nil {
		return err
	}
	d.doubts.beginSecondLook()
	for waited := false; len(posts) > 0; posts = append(d.doubts.takeAgain(), d.doubts.takeRow()...) {
		for i, t := range posts {
			if err := d.lookOnce(t); err != nil {
				d.doubts.putBack(posts[i+1:])
				return err
			}
		}
		switch {
		case d.doubts.rowIsEmpty():
		case waited || !d.mayBeLimited():
			if err := d.settleAll(d.doubts.takeRow()); err != nil {
				return err
			}
		default:
			// No later answer tells about these; the next window does.
			waited = true
			if err := d.waitForOrigin(limitWindow); err != nil {
				return err
			}
		}
	}
	return nil
}

// chooseForAgain takes the posts that get a second look, and settles the others: a
// post refused by an origin that gives others all the time is refused for good.
func (d *delivery) chooseForAgain() ([]doubted, error) {
	var posts, settled []doubted
	for _, t := range d.doubts.takeAgain() {
		if t.outcome == backfill.Failed || d.doubts.wasLimited() {
			posts = append(posts, t)
		} else {
			settled = append(settled, t)
		}
	}
	if row := d.doubts.takeRow(); d.mayBeLimited() {
		posts = append(posts, row...)
	} else {
		settled = append(settled, row...)
	}
	return posts, d.settleAll(settled)
}

// mayBeLimited reports whether the posts refused last, however few, may have been
// refused because of the origin's limit.
func (d *delivery) mayBeLimited() bool {
	return d.doubts.wasLimited() || d.pace.givenSoFar() >= manyGiven
}

// lookOnce tries a post once more.
func (d *delivery) lookOnce(t doubted) error {
	if err := d.filling.Wait(d.account.Handle.Domain, d.untilSecondLook(t), "a second look"); err != nil {
		return err
	}
	if _, err := d.tryNow(t.post); err != nil {
		return err
	}
	return d.sitOut()
}

// untilSecondLook is how long to wait before a post is tried once more.
func (d *delivery) untilSecondLook(t doubted) time.Duration {
	return max(beforeSecondLook-d.route.Clock.Now().Sub(t.tried), d.pace.before())
}

// sitOut waits for the end of the origin's limit, if it seems to limit home.
func (d *delivery) sitOut() error {
	for d.doubts.isSuspicious() {
		if _, err := d.awaitWindow(); err != nil {
			return err
		}
	}
	return nil
}

func (d *delivery) settleAll(posts []doubted) error {
	for _, t := range posts {
		if err := d.settleVain(t); err != nil {
			return err
		}
	}
	return nil
}
