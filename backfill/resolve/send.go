package resolve

import (
	"cmp"

	"tootfill/backfill"
)

// Send begins an import for each of the posts.
func (d *delivery) Send(posts []backfill.KnownPost) error {
	for _, k := range posts {
		if err := d.begin(k); err != nil {
			return err
		}
		if !d.doubts.isSuspicious() {
			d.endFinding()
		}
	}
	return nil
}

// enter waits for room among the imports under way.
func (d *delivery) enter() error { return d.route.imports.enter(d.ctx, d.filling.Round()) }

// begin starts the import of a post as soon as there is room for it.
func (d *delivery) begin(k backfill.KnownPost) error {
	if d.doubts.isSuspicious() {
		d.inFlight.Wait() // one of them may yet be given
	}
	if d.doubts.isSuspicious() {
		if tried, err := d.awaitOrigin(k); tried || err != nil {
			return err
		}
	}
	if pause := d.pace.before(); pause > 0 {
		if err := d.waitForOrigin(pause); err != nil {
			return err
		}
	}
	if err := d.enter(); err != nil {
		return err
	}
	if err := cmp.Or(d.endedBy(), d.ctx.Err()); err != nil {
		d.route.imports.leave()
		return err
	}
	d.inFlight.Go(func() {
		defer d.route.imports.leave()
		if _, err := d.tryImport(k); err != nil {
			d.endWith(err)
		}
	})
	return nil
}
