package commands

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/service"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const (
	// engineRest is how long the engine rests after an error that has ended its work.
	engineRest = 15 * time.Second
	// lastAnswers is how long the requests that are being answered may take when the
	// service is stopped.
	lastAnswers = 5 * time.Second
)

// besideMastodon is how the service needs to reach home. The sandbox has no
// installation to be found.
func besideMastodon(o sharedOptions) settings.Access {
	if o.Sandbox {
		return settings.ByAny
	}
	return settings.BesideMastodon
}

// listenAddress is where to listen.
func listenAddress(s settings.Settings, anywhere bool) (service.Address, error) {
	a, err := service.ParseAddress(s.Listen.String(), anywhere)
	if err != nil {
		return a, usagef("let the web server in front of Mastodon hand requests on to "+service.DefaultAddress+", or add --"+listenAnywhereFlag, "%v", err)
	}
	return a, nil
}

// serviceRun is one run of the service.
type serviceRun struct {
	env      Env
	options  sharedOptions
	settings settings.Settings
	address  service.Address
	report   report.Service
	// source is set once the ledger is open.
	source *service.Source
}

// Event hands on what happens to those who listen.
func (r *serviceRun) Event(e backfill.Event) {
	if r.source != nil {
		r.source.Event(e)
	}
	r.report.Event(e)
}

// run serves until ctx ends, which is how a service is meant to end.
func (r *serviceRun) run(ctx context.Context) (err error) {
	r.report = report.NewService(report.Options{
		Streams: r.env.streams(r.options.NoColor), JSON: r.options.JSON, Quiet: r.options.Quiet, Verbose: r.options.Verbose,
		Clock: r.env.Clock, Hints: r.env.hintText, Limit: r.settings.Limit,
	})
	listeners, err := r.listen(ctx)
	if err != nil {
		return err
	}
	defer closeAll(listeners)
	sys, err := connect(ctx, r.env, r.wiring())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	endpoint, done, err := sys.endpoint(r)
	if err != nil {
		return err
	}
	defer done()
	if err := r.serve(ctx, sys, service.NewServer(endpoint, r.report.Notice), listeners); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

func closeAll(all []net.Listener) {
	for _, l := range all {
		_ = l.Close() // the server has closed it, unless it never began
	}
}

// listen begins to listen, or takes over the sockets on which systemd listens.
func (r *serviceRun) listen(ctx context.Context) ([]net.Listener, error) {
	inherited, err := service.InheritedListeners(r.env.Getenv, os.Getpid())
	if err != nil {
		return nil, err
	}
	var all []net.Listener
	for _, l := range inherited {
		all = append(all, l)
	}
	if len(all) > 0 {
		return all, nil
	}
	l, err := r.address.Listen(ctx)
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

func (r *serviceRun) wiring() wiring {
	w := wiring{
		settings: r.settings, shared: r.options, listener: r, via: backfill.ViaAuto, withRedis: true, redisOptional: true,
		advice: "the service resumes them later", due: true,
	}
	if r.options.Sandbox {
		w.via = backfill.ViaSidekiq
	}
	return w
}

// serve answers requests and fills accounts until ctx ends.
func (r *serviceRun) serve(ctx context.Context, sys *system, server *service.Server, listeners []net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var work sync.WaitGroup
	work.Go(func() { r.fill(ctx, sys) })
	served := make(chan error, len(listeners))
	for _, l := range listeners {
		work.Go(func() { served <- server.Serve(l) })
		r.report.Notice(fmt.Sprintf("tootfill: listening at %s for %s", l.Addr(), sys.homeName))
	}
	err := service.Notify(ctx, r.env.Getenv, service.Ready)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-served:
		}
	}
	stop()
	saving := context.WithoutCancel(ctx)
	if told := service.Notify(saving, r.env.Getenv, service.Stopping); err == nil {
		err = told
	}
	last, cancel := context.WithTimeout(saving, lastAnswers)
	defer cancel()
	if ended := server.Shutdown(last); err == nil {
		err = ended
	}
	work.Wait()
	return err
}

// fill fills accounts until ctx ends. What ends the engine's work, such as a ledger that
// is away, does not end the service: it tries again.
func (r *serviceRun) fill(ctx context.Context, sys *system) {
	engine := sys.serviceEngine()
	for ctx.Err() == nil {
		err := engine.Run(ctx, r.source.Targets(ctx))
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			message, hint := r.env.explain(err)
			r.report.Event(backfill.Warned{Text: message, Hint: backfill.Say(hint)})
		}
		_ = r.env.Clock.Wait(ctx, engineRest) // whatever ends the wait, the loop looks at ctx
	}
}
