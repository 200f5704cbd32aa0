package commands

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/service"
)

const (
	// servicePosts is how many of an account's newest posts a service fills in, and
	// serviceConcurrency how many it imports at a time over home's API: as many as
	// accounts backfill does by itself.
	servicePosts       = 500
	serviceConcurrency = 2
)

// endpoint is what answers requests, and the source of accounts behind it. done frees
// what it holds.
func (s *system) endpoint(r *serviceRun) (_ http.Handler, done func(), err error) {
	if s.database == nil {
		return nil, nil, errors.New("the service needs home's database")
	}
	o, err := s.homeOptions(r.env, s.network)
	if err != nil {
		return nil, nil, err
	}
	owners, err := mastodon.NewTokenOwners(o)
	if err != nil {
		return nil, nil, usagef("", "the home server: %v", err)
	}
	tokens, err := service.NewTokens(owners, s.clock, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	r.source = service.NewSource(s.store, s.clock)
	return &service.Endpoint{
		Tokens: tokens, Accounts: s.database, Queue: wakingQueue{s.store, r.source}, Clock: s.clock,
		Bounds:  service.Bounds{PerUser: s.settings.PerUser, MaxQueued: s.settings.MaxQueued},
		Proxies: s.settings.TrustedProxies, Ready: s.workersReady,
		Failed: func(err error) { r.report.Event(backfill.Warned{Text: err.Error()}) },
	}, owners.Close, nil
}

// workersReady returns an error while home's Redis is away.
func (s *system) workersReady(ctx context.Context) error {
	if s.workers == nil {
		return nil
	}
	_, err := s.workers.Waiting(ctx)
	return err
}

// wakingQueue is a queue of which the source learns at once.
type wakingQueue struct {
	service.Queue
	source *service.Source
}

func (q wakingQueue) Ask(ctx context.Context, a service.Asking, b service.Bounds) (service.Place, error) {
	p, err := q.Queue.Ask(ctx, a, b)
	if err == nil {
		q.source.Wake()
	}
	return p, err
}

// serviceEngine is the engine of a service. It never asks home for a backfill of its
// own: that would be us.
func (s *system) serviceEngine() *backfill.Engine {
	o := backfill.Options{
		Via: backfill.ViaAuto, Limit: servicePosts, Endless: true, Accounts: s.settings.Accounts, Concurrency: serviceConcurrency,
		RespectIndexable: s.settings.RespectIndexable, MaxWaiting: s.settings.MaxWaiting, MaxLatency: s.settings.MaxLatency,
	}
	s.settings.Never.AddTo(&o.Exclusions)
	e := s.engine(o, fediverse.Software{})
	e.Requester = nil
	return e
}
