package commands

import (
	"context"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/commands/monitor"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const (
	metricsFileFlag = "metrics-file"
	pingFlag        = "ping"
)

// monitoringFlags are for those who watch over runs.
func monitoringFlags() []cli.Flag {
	return under("Monitoring",
		&cli.StringFlag{Name: metricsFileFlag, Usage: "write metrics of the run for Prometheus to `FILE`, which node_exporter reads if its name ends in .prom"},
		&cli.StringFlag{Name: pingFlag, Usage: "tell a service such as Healthchecks of the run: POST to `URL`/start, then to URL or URL/fail. Others on this machine can see flags: TOOTFILL_PING and the config file keep a secret address"},
	)
}

// monitoring tells those who watch over runs what comes of one.
type monitoring struct {
	run  *backfillRun
	file monitor.MetricsFile // empty if there is none
	ping *monitor.Pings      // nil if nobody is pinged
}

// monitoring is that of the settings. A dry run is none of the runs that are watched.
func (r *backfillRun) monitoring() *monitoring {
	m := &monitoring{run: r}
	if r.options.DryRun {
		return m
	}
	m.file = monitor.MetricsFile(r.settings.MetricsFile)
	if r.settings.Ping != nil {
		proxy, _ := settings.HomeProxy(r.env.Getenv) // the run itself reports what is wrong with it
		m.ping = monitor.NewPings(monitor.PingOptions{URL: r.settings.Ping, Proxy: proxy, UserAgent: "tootfill/" + version(), Clock: r.env.Clock})
	}
	return m
}

// begin tells that the run begins. Its error says why the metrics could not be written.
func (m *monitoring) begin(ctx context.Context) error {
	if m.file != "" {
		if err := checkMetricsFile(m.file); err != nil {
			m.file = "" // nothing more need be said of it
			return err
		}
	}
	if m.ping != nil {
		if err := m.ping.Start(ctx); ctx.Err() == nil { // ^C is told of as such
			m.warn(err)
		}
	}
	return nil
}

// end tells what came of the run, which ended with err, and returns that: metrics that
// are lost make a failure of a success.
func (m *monitoring) end(ctx context.Context, err error) error {
	done := m.run.watched(ctx, err)
	if m.file != "" {
		if lost := m.file.Write(done); lost != nil {
			if done.Status == exitDone {
				done.Status, done.Good, err = exitFailed, false, &toldError{exitFailed}
			}
			m.run.env.tell(m.run.options.JSON, done.Status, lost)
		}
	}
	if m.ping != nil {
		// The end has to be told even if it was ^C.
		m.warn(m.ping.End(context.WithoutCancel(ctx), done))
	}
	return err
}

// warn reports what did not get through, even with --quiet. It changes nothing of the
// run.
func (m *monitoring) warn(err error) {
	if err != nil {
		report.Warn(m.run.env.Stderr, err.Error(), "")
	}
}

// watched is what those who watch over runs are told of this one.
func (r *backfillRun) watched(ctx context.Context, err error) monitor.Run {
	now := r.env.Clock.Now()
	status := endStatus(ctx, err)
	w := monitor.Run{
		Version: version(), Ended: now, Took: max(now.Sub(r.began), 0).Round(time.Millisecond),
		Status: status, Meaning: meaningOf(status), Good: status == exitDone || status == exitLater,
		Unfound: len(r.failures), Requests: r.requests,
	}
	if r.report != nil {
		w.Totals, w.Routes = r.report.Totals(), r.report.Routes()
	}
	return w
}

// withoutPing is a command line without the address that is pinged, which is a secret and
// must not be shown.
func withoutPing(args []string) []string {
	var shown []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--":
			return append(shown, args[i:]...)
		case args[i] == "--"+pingFlag:
			i++
		case !strings.HasPrefix(args[i], "--"+pingFlag+"="):
			shown = append(shown, args[i])
		}
	}
	return shown
}
