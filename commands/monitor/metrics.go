package monitor

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill"
)

// prefix begins the names of all metrics. They are gauges of the last run, since a
// process that ends has nothing that only ever grows.
const prefix = "tootfill_"

const lastSuccess = prefix + "last_success_timestamp_seconds"

// Metrics is the run in Prometheus's text format
// (https://prometheus.io/docs/instrumenting/exposition_formats/), which ends with a
// newline. succeeded is when the last good run before this one ended; zero if none is
// known. No label names an account or a server: there is a series for each value that
// ever was.
func (r Run) Metrics(succeeded time.Time) string {
	if r.Good {
		succeeded = r.Ended
	}
	var t metricsText
	t.gauge("build_info", "The version that made the last run; always 1.")
	t.sample(1, "version", r.Version)
	t.gauge("last_run_timestamp_seconds", "When the last run ended, as Unix time.")
	t.sample(unixTime(r.Ended))
	t.gauge(strings.TrimPrefix(lastSuccess, prefix), "When the last run ended whose exit status was 0 or 75, as Unix time; 0 if there was none.")
	t.sample(unixTime(succeeded))
	t.gauge("last_run_duration_seconds", "How long the last run took.")
	t.sample(float64(r.Took.Milliseconds()) / 1000)
	t.gauge("last_run_exit_status", "The exit status of the last run.")
	t.sample(float64(r.Status))
	r.writeAccounts(&t)
	r.writePosts(&t)
	r.writeRequests(&t)
	return t.String()
}

// routes are the values of the label route, of which the empty one is for accounts that
// none was chosen for.
var routes = []backfill.Route{backfill.RouteRequest, backfill.RouteSidekiq, backfill.RouteResolve, ""}

func routeName(r backfill.Route) string {
	if r == "" {
		return "none"
	}
	return string(r)
}

func (r Run) writeAccounts(t *metricsText) {
	t.gauge("last_run_accounts", "Accounts of the last run by their status and route.")
	for _, route := range routes {
		for _, status := range []backfill.Status{
			backfill.Done, backfill.Queued, backfill.Deferred, backfill.Partial, backfill.FailedAccount, backfill.Skipped, backfill.Interrupted,
		} {
			t.sample(float64(r.Routes.Accounts(route, status)), "route", routeName(route), "status", string(status))
		}
	}
	t.gauge("last_run_unfound_addresses", "Addresses of the last run at which the home server found no account.")
	t.sample(float64(r.Unfound))
	t.gauge("last_run_bad_lines", "Lines of lists in the last run that name no account.")
	t.sample(float64(r.Totals.BadLines))
}

func (r Run) writePosts(t *metricsText) {
	t.gauge("last_run_posts", "Posts of the last run by their outcome and route.")
	for _, route := range routes {
		for _, outcome := range []backfill.Outcome{backfill.Imported, backfill.Held, backfill.Refused, backfill.Failed} {
			t.sample(float64(r.Routes.Posts(route, outcome)), "route", routeName(route), "outcome", string(outcome))
		}
	}
	var replies backfill.ReplyCounts
	if r.Totals.Replies != nil {
		replies = *r.Totals.Replies
	}
	t.gauge("last_run_replies", "Replies of the last run by their outcome.")
	for _, n := range []struct {
		outcome backfill.Outcome
		n       int
	}{{backfill.Imported, replies.Imported}, {backfill.Held, replies.Held}, {backfill.Refused, replies.Refused}, {backfill.Failed, replies.Failed}} {
		t.sample(float64(n.n), "outcome", string(n.outcome))
	}
	t.gauge("last_run_threads", "Posts of the last run whose replies the home server was asked to fetch.")
	t.sample(float64(replies.Asked))
}

func (r Run) writeRequests(t *metricsText) {
	t.gauge("last_run_requests", "Requests of the last run to the home server and to the servers of accounts.")
	t.sample(float64(r.Home), "to", "home")
	t.sample(float64(r.Origins), "to", "origins")
	t.gauge("last_run_rate_limited_requests", "Requests of the last run that were answered with 429 Too Many Requests.")
	t.sample(float64(r.HomeLimited), "to", "home")
	t.sample(float64(r.OriginsLimited), "to", "origins")
}

// metricsText is a text in Prometheus's format while it is written.
type metricsText struct {
	strings.Builder
	name string
}

// gauge begins a metric, of which the samples follow.
func (t *metricsText) gauge(name, help string) {
	t.name = prefix + name
	fmt.Fprintf(t, "# HELP %s %s\n# TYPE %s gauge\n", t.name, help, t.name)
}

// sample adds a value. The labels are names and values in turn.
func (t *metricsText) sample(value float64, labels ...string) {
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+labelEscapes.Replace(labels[i+1])+`"`)
	}
	t.WriteString(t.name)
	if len(pairs) > 0 {
		t.WriteString("{" + strings.Join(pairs, ",") + "}")
	}
	t.WriteString(" " + strconv.FormatFloat(value, 'f', -1, 64) + "\n")
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// unixTime is a time in seconds; 0 if it is zero.
func unixTime(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
