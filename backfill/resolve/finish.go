package resolve

import (
	"errors"
)

// Finish waits for the imports in flight, and looks once more at the posts that
// may have been tried in vain for a passing reason.
func (d *delivery) Finish(err error) error {
	d.inFlight.Wait()
	if d.ended != nil {
		err = d.ended
	}
	err = d.lookAgain(err)
	if failed := errors.Join(d.rest(), d.restRefused(err), d.judgeAtEnd(err)); failed != nil {
		err = failed
	}
	d.endFinding()
	d.route.releasePace(d.account.Handle.Domain)
	return err
}
