package commands_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tootfill/backfill/sandbox"
)

// benchWorld is a sandbox with one account, and the environment of a program that
// fills its home without waiting for limits.
type benchWorld struct {
	*sandbox.Sandbox
	env []string
}

func newBenchWorld(b *testing.B, posts, held int) *benchWorld {
	b.Helper()
	box, err := sandbox.Start(sandbox.Options{Empty: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := box.Close(); err != nil {
			b.Error(err)
		}
	})
	alice := box.AddOrigin("photos.example").AddAccount(sandbox.Profile{Username: "alice"})
	alice.Origin().SetLimits(sandbox.Limits{})
	box.Home().SetLimits(sandbox.Limits{})
	alice.Fill(posts, time.Time{}, time.Hour)
	box.Home().Follow(alice)
	box.Home().HoldNewest(alice, held)
	dir := b.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, box.CAPEM(), 0o600); err != nil {
		b.Fatal(err)
	}
	return &benchWorld{Sandbox: box, env: []string{
		sandboxVariable + "=" + box.Addr(), caVariable + "=" + ca, "HOME=" + dir,
		"TOOTFILL_SERVER=" + sandbox.HomeDomain, "TOOTFILL_ACCESS_TOKEN=" + sandbox.Token, "TOOTFILL_STATE=" + dir,
		"TOOTFILL_ORIGIN_RATE=10000/s", "TOOTFILL_HOME_RATE=unlimited",
	}}
}

// summary is the last JSON line of a run.
type summary struct {
	Imported int `json:"imported"`
	Held     int `json:"held"`
	Home     int `json:"home_requests"`
	Origin   int `json:"origin_requests"`
}

// run runs the program and returns its summary and its peak memory in MiB.
func (w *benchWorld) run(b *testing.B, clock string, args ...string) (summary, float64) {
	b.Helper()
	cmd := program(append(args, "--json")...)
	cmd.Env = append(w.env, clockVariable+"="+clock)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%v: %s", err, stderr.String())
	}
	var s summary
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"type":"summary"`) {
			err = json.Unmarshal(lines.Bytes(), &s)
		}
	}
	if err != nil || lines.Err() != nil {
		b.Fatal(err, lines.Err())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Skip("the machine does not tell the memory of a process")
	}
	return s, float64(usage.Maxrss) / 1024
}

// program is the program under test, which the test binary runs under that name.
func program(args ...string) *exec.Cmd {
	return &exec.Cmd{Path: os.Args[0], Args: append([]string{"tootfill"}, args...)}
}

// BenchmarkBackfill fills home with 500 posts, of which it holds 20, and then
// runs a second time.
func BenchmarkBackfill(b *testing.B) {
	for b.Loop() {
		w := newBenchWorld(b, 500, 20)
		first, _ := w.run(b, "", "accounts", "backfill", "alice@photos.example")
		second, _ := w.run(b, "61m", "accounts", "backfill", "alice@photos.example")
		if first.Imported != 480 || second.Held != 500 {
			b.Fatalf("first %+v, second %+v", first, second)
		}
		b.ReportMetric(float64(first.Home)/float64(first.Imported), "home-req/post")
		b.ReportMetric(float64(first.Origin)/500, "origin-req/post")
		b.ReportMetric(float64(second.Home), "2nd-home-req")
		b.ReportMetric(float64(second.Origin), "2nd-origin-req")
	}
}

// BenchmarkLongOutbox fills home with 20,000 posts.
func BenchmarkLongOutbox(b *testing.B) {
	for b.Loop() {
		w := newBenchWorld(b, 20000, 0)
		s, memory := w.run(b, "", "accounts", "backfill", "--limit", "0", "alice@photos.example")
		if s.Imported != 20000 {
			b.Fatalf("%+v", s)
		}
		b.ReportMetric(memory, "peak-MiB")
	}
}

// BenchmarkStart starts the program only to print its version.
func BenchmarkStart(b *testing.B) {
	w := newBenchWorld(b, 0, 0)
	for b.Loop() {
		cmd := program("--version")
		cmd.Env = w.env
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
	}
}
