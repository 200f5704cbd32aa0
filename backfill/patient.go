package backfill

import (
	"context"
	"iter"
	"slices"
	"time"

	"tootfill/backfill/fediverse"
)

// patiently returns the engine with every port that asks home, its database or
// its Redis replaced by one that waits out short outages. The waits end with ctx.
func (e *Engine) patiently(ctx context.Context, p *Patience) *Engine {
	patient := *e
	if e.Accounts != nil {
		patient.Accounts = patientAccounts{e.Accounts, p}
	}
	if e.Held != nil {
		patient.Held = patientHeld{e.Held, p}
	}
	if e.Importer != nil {
		patient.Importer = patientImporter{e.Importer, p}
	}
	if e.Requester != nil {
		patient.Requester = patientRequester{e.Requester, p}
	}
	if e.Database != nil {
		patient.Database = patientDatabase{e.Database, p}
	}
	if e.Workers != nil {
		patient.Workers = patientWorkers{e.Workers, p, ctx}
	}
	return &patient
}

// Asked is Ask for a value.
func Asked[T any](ctx context.Context, p *Patience, ask func() (T, error)) (got T, _ error) {
	err := p.Ask(ctx, func() (err error) {
		got, err = ask()
		return err
	})
	return got, err
}

// PatientList is a list that waits out short outages. Whoever reads on in it after
// an error of the server's own has to have the same asked for again.
func PatientList[T any](ctx context.Context, p *Patience, list iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		next, stop := iter.Pull2(list)
		defer stop()
		for more := true; more; {
			item, err := Asked(ctx, p, func() (item T, err error) {
				item, err, more = next()
				return item, err
			})
			if (more || err != nil) && !yield(item, err) {
				return
			}
		}
	}
}

// PatientAccounts are accounts that wait out short outages of home.
func PatientAccounts(a Accounts, p *Patience) Accounts { return patientAccounts{a, p} }

type patientAccounts struct {
	Accounts
	p *Patience
}

func (a patientAccounts) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return Asked(ctx, a.p, func() (fediverse.Account, error) { return a.Accounts.Account(ctx, h) })
}

func (a patientAccounts) AccountSpelled(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	return Asked(ctx, a.p, func() (fediverse.Account, error) { return AccountSpelled(ctx, a.Accounts, h, spelling) })
}

func (a patientAccounts) Known(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return Asked(ctx, a.p, func() (fediverse.Account, error) { return a.Accounts.Known(ctx, h) })
}

func (a patientAccounts) Standing(ctx context.Context, of fediverse.Account) (Standing, error) {
	return Asked(ctx, a.p, func() (Standing, error) { return a.Accounts.Standing(ctx, of) })
}

type patientHeld struct {
	HeldPosts
	p *Patience
}

func (h patientHeld) Held(ctx context.Context, a fediverse.Account, newest time.Time, cursor string) (HeldPage, error) {
	return Asked(ctx, h.p, func() (HeldPage, error) { return h.HeldPosts.Held(ctx, a, newest, cursor) })
}

// patientImporter waits for a home that cannot be reached. What else goes wrong
// may be about the post or its origin.
type patientImporter struct {
	Importer
	p *Patience
}

func (i patientImporter) Import(ctx context.Context, uri string) error {
	return i.p.ask(ctx, unreached, func() error { return i.Importer.Import(ctx, uri) })
}

// patientRequester asks for a backfill again only if home has not seen that it
// was asked.
type patientRequester struct {
	Requester
	p *Patience
}

func (r patientRequester) Request(ctx context.Context, a fediverse.Account) error {
	return r.p.ask(ctx, unseen, func() error { return r.Requester.Request(ctx, a) })
}

func (r patientRequester) Sample(ctx context.Context, a fediverse.Account) ([]HeldPost, error) {
	return Asked(ctx, r.p, func() ([]HeldPost, error) { return r.Requester.Sample(ctx, a) })
}

type patientDatabase struct {
	Database
	p *Patience
}

func (d patientDatabase) HeldURIs(ctx context.Context, uris []string) (map[string]bool, error) {
	return Asked(ctx, d.p, func() (map[string]bool, error) { return d.Database.HeldURIs(ctx, uris) })
}

func (d patientDatabase) Tombstones(ctx context.Context, uris []string) (map[string]bool, error) {
	return Asked(ctx, d.p, func() (map[string]bool, error) { return d.Database.Tombstones(ctx, uris) })
}

func (d patientDatabase) Followers(ctx context.Context, a fediverse.Account) ([]int64, error) {
	return Asked(ctx, d.p, func() ([]int64, error) { return d.Database.Followers(ctx, a) })
}

// patientWorkers waits for Redis. What is pushed must not be cut short, but the
// wait between two tries may be: waiting ends it.
type patientWorkers struct {
	Workers
	p       *Patience
	waiting context.Context
}

func (w patientWorkers) Prepare(ctx context.Context, uri string, object []byte) (PushedJob, error) {
	return Asked(ctx, w.p, func() (PushedJob, error) { return w.Workers.Prepare(ctx, uri, object) })
}

// Push pushes jobs of a push that has failed as those that may be in the queue.
func (w patientWorkers) Push(ctx context.Context, jobs []PushedJob) error {
	return w.p.Ask(w.waiting, func() error {
		began := w.p.Clock.Now()
		err := w.Workers.Push(ctx, jobs)
		if Unwell(err) {
			jobs = slices.Clone(jobs)
			for i := range jobs {
				jobs[i].PushedAt = began
			}
		}
		return err
	})
}

func (w patientWorkers) Where(ctx context.Context, jobs []PushedJob) (map[string]JobPlace, error) {
	return Asked(ctx, w.p, func() (map[string]JobPlace, error) { return w.Workers.Where(ctx, jobs) })
}

func (w patientWorkers) Latency(ctx context.Context) (time.Duration, error) {
	return Asked(ctx, w.p, func() (time.Duration, error) { return w.Workers.Latency(ctx) })
}

func (w patientWorkers) Waiting(ctx context.Context) (int, error) {
	return Asked(ctx, w.p, func() (int, error) { return w.Workers.Waiting(ctx) })
}

func (w patientWorkers) MergeHome(ctx context.Context, a fediverse.Account, followers []int64) error {
	return w.p.Ask(w.waiting, func() error { return w.Workers.MergeHome(ctx, a, followers) })
}
