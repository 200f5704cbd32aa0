package commands_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/commands/monitor/promtext"
)

// metricsCommand is `metrics FILE [LINES]`: the file has to be one of metrics, and to
// agree with the JSON Lines of the same run.
func metricsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: metrics FILE [LINES]")
	}
	got, err := promtext.Read(ts.ReadFile(args[0]))
	ts.Check(err)
	last, success := got["tootfill_last_run_timestamp_seconds"], got["tootfill_last_success_timestamp_seconds"]
	status := got["tootfill_last_run_exit_status"]
	if good := status == 0 || status == 75; last < success || (last == success) != good {
		ts.Fatalf("the last run ended at %v with status %v, and the last success was at %v", last, status, success)
	}
	if len(args) == 1 {
		return
	}
	want, seconds := toldByLines(ts, ts.ReadFile(args[1]))
	for name, value := range got {
		part, _, _ := strings.Cut(name, "{")
		switch strings.TrimPrefix(part, "tootfill_last_run_") {
		case "accounts", "posts", "requests", "bad_lines", "replies", "threads":
			if value != want[name] {
				ts.Fatalf("%s is %v in the metrics, %v in the lines", name, value, want[name])
			}
			delete(want, name)
		case "duration_seconds":
			if value < seconds {
				ts.Fatalf("the run took %vs in the metrics, %vs in the lines", value, seconds)
			}
		}
	}
	if len(want) > 0 {
		ts.Fatalf("the metrics lack %v", want)
	}
}

// toldByLines are the metrics that follow from JSON Lines, and how long the run took.
func toldByLines(ts *testscript.TestScript, lines string) (want map[string]float64, seconds float64) {
	want = make(map[string]float64)
	for text := range strings.Lines(lines) {
		var line struct {
			Type, Route, Status                                string
			Held, Imported, Refused, Failed                    float64
			Bad_Lines, Home_Requests, Origin_Requests, Seconds float64
			Replies                                            map[string]float64
		}
		ts.Check(json.Unmarshal([]byte(text), &line))
		switch line.Type {
		case "result":
			route := line.Route
			if route == "" {
				route = "none"
			}
			want[fmt.Sprintf(`tootfill_last_run_accounts{route=%q,status=%q}`, route, line.Status)]++
			for outcome, n := range map[string]float64{"imported": line.Imported, "held": line.Held, "refused": line.Refused, "failed": line.Failed} {
				want[fmt.Sprintf(`tootfill_last_run_posts{route=%q,outcome=%q}`, route, outcome)] += n
			}
		case "summary":
			want[`tootfill_last_run_requests{to="home"}`] = line.Home_Requests
			want[`tootfill_last_run_requests{to="origins"}`] = line.Origin_Requests
			want["tootfill_last_run_bad_lines"] = line.Bad_Lines
			seconds = line.Seconds
			for outcome, n := range line.Replies {
				name := fmt.Sprintf("tootfill_last_run_replies{outcome=%q}", outcome)
				if outcome == "asked" {
					name = "tootfill_last_run_threads"
				}
				want[name] = n
			}
		}
	}
	return want, seconds
}
