package resolve

import (
	"errors"

	"tootfill/backfill"
)

// Finish waits for the imports in flight, and looks once more at the posts that
// may have been tried in vain for a passing reason.
func (d *delivery) Finish(err error) error {
	d.inFlight.Wait()
	err = d.lookAgain(backfill.Graver(err, d.ended))
	err = backfill.Graver(err, errors.Join(d.rest(), d.restRefused(err), d.judgeAtEnd(err)))
	d.endFinding()
	d.route.releasePace(d.account.Handle.Domain)
	return err
}
