package resolve

import (
	"context"

	"tootfill/backfill"
)

// Deliverer is route resolve.
type Deliverer struct {
	Held     HeldPosts
	Importer Importer
}

var _ backfill.Deliverer = Deliverer{}

// Start readies the route for one Run of the engine.
func (d Deliverer) Start(ctx context.Context, with backfill.Shared) func(backfill.Filling) (backfill.Delivery, error) {
	r := &route{
		Shared:   with,
		held:     patientHeld{d.Held, with.Patience},
		importer: patientImporter{d.Importer, with.Patience},
		imports:  importSlots{free: max(with.Options.Concurrency, 1)},
		paces:    make(map[string]*originPace),
	}
	return func(f backfill.Filling) (backfill.Delivery, error) { return r.deliver(f), nil }
}

// DryRun returns the route with an importer that asks home for nothing.
func (d Deliverer) DryRun() backfill.Deliverer {
	d.Importer = dryImporter{}
	return d
}

func (r *route) deliver(f backfill.Filling) *delivery {
	a := f.Account()
	held := newHeldWalk(r.held, a)
	held.exact = f.Full()
	return &delivery{
		route: r, filling: f, ctx: f.Context(), account: a,
		held:          held,
		pace:          r.paceOf(a.Handle.Domain),
		answersBefore: r.answers.Load(),
	}
}
