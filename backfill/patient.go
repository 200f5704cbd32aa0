package backfill

import (
	"context"
	"iter"

	"tootfill/backfill/fediverse"
)

// patiently returns the engine with every port that asks home waiting out short
// outages.
func (e *Engine) patiently(p *Patience) *Engine {
	patient := *e
	patient.Patience = p
	if e.Accounts != nil {
		patient.Accounts = patientAccounts{e.Accounts, p}
	}
	if e.Introducer != nil {
		patient.Introducer = patientIntroducer{e.Introducer, p}
	}
	if e.Requester != nil {
		patient.Requester = patientRequester{e.Requester, p}
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

// PatientList is a list that waits out short outages. The list must ask for the
// same again if it is read on after an error of the server's own.
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

type patientIntroducer struct {
	Introducer
	p *Patience
}

func (i patientIntroducer) Standings(ctx context.Context, ids []string) (map[string]Standing, error) {
	return Asked(ctx, i.p, func() (map[string]Standing, error) { return i.Introducer.Standings(ctx, ids) })
}

func (i patientIntroducer) Fetch(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	return Asked(ctx, i.p, func() (fediverse.Account, error) { return i.Introducer.Fetch(ctx, h, spelling) })
}

// patientRequester asks for a backfill again only if home has not seen the first
// request.
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
