package resolve

import (
	"fmt"

	"tootfill/backfill"
)

// troubleRow is how many errors in a row from home end the imports of an
// account: home is not well.
const troubleRow = 5

// troubled deals with a row of errors. If home was away for everybody and is back,
// the imports continue.
func (d *delivery) troubled(row string, err error) error {
	back, outage := d.route.Patience.SeeHome(d.ctx, err)
	switch {
	case outage != nil:
		return outage
	case back:
		d.endTrouble()
		return nil
	}
	d.stuck.Store(true)
	return &rowError{text: row, err: err}
}

// rowError is the last one of a row of errors. Its text is about them all.
type rowError struct {
	text string
	err  error
}

func (e *rowError) Error() string { return e.text }

func (e *rowError) Unwrap() []error { return []error{backfill.ErrStuck, e.err} }

// addTrouble adds to the row of errors from home, and returns a description of the
// row if it has become too long.
func (d *delivery) addTrouble(reason string) string {
	d.state.Lock()
	defer d.state.Unlock()
	d.trouble++
	d.troubles.Add(reason)
	if d.trouble < troubleRow {
		return ""
	}
	text := fmt.Sprintf("%d errors in a row", d.trouble)
	if all := d.troubles.After(text); all != text {
		return all
	}
	return text + ", the last: " + reason
}

func (d *delivery) endTrouble() {
	d.state.Lock()
	defer d.state.Unlock()
	d.trouble, d.troubles = 0, backfill.SharedReason{}
}
