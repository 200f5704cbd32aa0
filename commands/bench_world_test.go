package commands_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/sandbox"
)

// benchWorld is a sandbox, and the environment of a program that fills its home
// without waiting for limits, unless a benchmark sets some.
type benchWorld struct {
	*sandbox.Sandbox
	b     *testing.B
	clock backfilltest.Fast
	env   []string
}

// newBenchWorld starts a sandbox without accounts. Its clock, and that of the
// programs, runs at the given speed.
func newBenchWorld(b *testing.B, speed int) *benchWorld {
	b.Helper()
	w := &benchWorld{b: b, clock: backfilltest.Fast{From: time.Now().Round(0), Speed: speed}}
	box, err := sandbox.Start(sandbox.Options{Empty: true, Clock: w.clock})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := box.Close(); err != nil {
			b.Error(err)
		}
	})
	box.Home().SetLimits(sandbox.Limits{})
	dir := b.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, box.CAPEM(), 0o600); err != nil {
		b.Fatal(err)
	}
	w.Sandbox, w.env = box, []string{
		sandboxVariable + "=" + box.Addr(), caVariable + "=" + ca, "HOME=" + dir,
		"TOOTFILL_SERVER=" + sandbox.HomeDomain, "TOOTFILL_ACCESS_TOKEN=" + sandbox.Token, "TOOTFILL_STATE=" + dir,
		"TOOTFILL_ORIGIN_RATE=10000/s", "TOOTFILL_HOME_RATE=unlimited",
	}
	return w
}

// add adds an account with posts, which you follow, to an origin without limits.
func (w *benchWorld) add(user, domain string, posts int) *sandbox.Account {
	origin := w.AddOrigin(domain)
	origin.SetLimits(sandbox.Limits{})
	a := origin.AddAccount(sandbox.Profile{Username: user})
	a.Fill(posts, time.Time{}, time.Hour)
	w.Home().Follow(a)
	return a
}

// addAlice adds one account, of which home holds the newest posts.
func (w *benchWorld) addAlice(posts, held int) {
	w.Home().HoldNewest(w.add("alice", "photos.example", posts), held)
}

// addMany adds accounts with the same number of posts, spread over origins.
func (w *benchWorld) addMany(accounts, origins, posts int) (all []*sandbox.Account) {
	for i := range accounts {
		all = append(all, w.add(fmt.Sprint("user", i), fmt.Sprintf("origin%d.example", i%origins), posts))
	}
	return all
}

// slowHome makes home take its time for each answer. The sandbox's own work is part
// of that time.
func (w *benchWorld) slowHome() {
	w.Home().SetFault(func(_ *http.Request, real http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			begun := w.clock.Now()
			answer := httptest.NewRecorder()
			real.ServeHTTP(answer, r)
			if w.clock.Wait(r.Context(), homeLatency-w.clock.Now().Sub(begun)) != nil {
				return // the client is gone
			}
			maps.Copy(rw.Header(), answer.Header())
			rw.WriteHeader(answer.Code)
			_, _ = rw.Write(answer.Body.Bytes()) // a client that is gone needs no body
		})
	})
}

// paceOrigins makes the programs ask each origin once a second, as they do by default.
func (w *benchWorld) paceOrigins() { w.env = append(w.env, "TOOTFILL_ORIGIN_RATE=1/s") }

// homeLatency is how long home takes for an answer, and atATime how many posts it is
// asked for at a time.
const (
	homeLatency = 100 * time.Millisecond
	atATime     = 8
)

// homeFloor is how long home takes for posts if it is never idle.
func homeFloor(posts int) time.Duration {
	return time.Duration(posts) * homeLatency / atATime
}

// benchRun is what a run has come to.
type benchRun struct {
	Imported int `json:"imported"`
	Held     int `json:"held"`
	Home     int `json:"home_requests"`
	Origin   int `json:"origin_requests"`

	// took is how long it took, by the world's clock, and memory its peak (resident
	// set size), in MiB.
	took   time.Duration
	memory float64
}

// run runs the program. Its clock is set ahead by w.clock.By.
func (w *benchWorld) run(args ...string) benchRun {
	w.b.Helper()
	cmd := program(append(args, "--json")...)
	peak := filepath.Join(w.b.TempDir(), "peak")
	cmd.Env = append(w.env, fmt.Sprintf("%s=%s", clockVariable, w.clock.By), fmt.Sprintf("%s=%s", peakVariable, peak),
		fmt.Sprintf("%s=%d@%d", speedVariable, w.clock.Speed, w.clock.From.UnixNano()))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	begun := w.clock.Now()
	out, err := cmd.Output()
	r := benchRun{took: w.clock.Now().Sub(begun)}
	if err != nil {
		w.b.Fatalf("%v: %s", err, stderr.String())
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"type":"summary"`) {
			err = json.Unmarshal(lines.Bytes(), &r)
		}
	}
	if err != nil || lines.Err() != nil {
		w.b.Fatal(err, lines.Err())
	}
	r.memory = w.peakMemory(peak)
	return r
}

// peakMemory reads what a program has noted at its end; see notePeakMemory.
func (w *benchWorld) peakMemory(file string) float64 {
	w.b.Helper()
	noted, err := os.ReadFile(file)
	if err != nil {
		w.b.Fatal(err)
	}
	kib, err := strconv.ParseFloat(string(noted), 64)
	if err != nil {
		w.b.Skip("the machine does not tell the memory of a process")
	}
	return kib / 1024
}

// anHourLater sets the clock of the programs ahead, so that each account may start
// again.
func (w *benchWorld) anHourLater() { w.clock.By += 61 * time.Minute }

// program is the program under test, which the test binary runs under that name.
func program(args ...string) *exec.Cmd {
	return &exec.Cmd{Path: os.Args[0], Args: append([]string{"tootfill"}, args...)}
}
