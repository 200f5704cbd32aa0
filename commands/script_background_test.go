package commands_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// background holds the programs that a script has started and that still run.
type background struct {
	mu      sync.Mutex
	running map[string]*exec.Cmd
}

type backgroundKey struct{}

// killStep is how many more looks at the clock each run of `killed` may take than
// the one before. The engine looks at the clock between any two things whose order
// matters.
const killStep = 3

// backgroundCommands returns the script commands for programs in the background:
//
//	start NAME COMMAND...   runs a command; its output goes to NAME.out and NAME.err
//	signal NAME SIGNAL      sends it INT, TERM or KILL
//	ends NAME STATUS        waits for it and wants its exit status, or the
//	                        name of the signal that killed it
//	says NAME TEXT          waits until it has written the text to NAME.err
//	killed N COMMAND...     runs a command up to N times and kills it each time, later
//	                        each time
//	unread COMMAND...       runs a command whose output nobody reads, and wants it to
//	                        end well and without a message
func backgroundCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"start": start, "signal": sendSignal, "ends": ends, "says": says, "killed": killed, "unread": unread,
	}
}

// setUpBackground makes sure that nothing outlives its script.
func setUpBackground(env *testscript.Env) {
	b := &background{running: make(map[string]*exec.Cmd)}
	env.Values[backgroundKey{}] = b
	env.Defer(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, cmd := range b.running {
			// Either can fail only if the program has already ended by itself.
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME COMMAND...")
	}
	var cmd *exec.Cmd
	runs := clockOf(ts).startBackground(func() { cmd = startProgram(ts, args) })
	b := ts.Value(backgroundKey{}).(*background)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running[args[0]] = cmd
	if !runs {
		ts.Fatalf("%s does not run", args[0])
	}
}

// says waits until a program that was started in $WORK has written a text.
func says(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: says NAME TEXT")
	}
	path := filepath.Join(ts.Getenv("WORK"), args[0]+".err")
	found := clockOf(ts).waitFor(func() bool {
		written, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(written), args[1])
	})
	if !found {
		ts.Fatalf("%s does not say %q", args[0], args[1])
	}
}

// startProgram starts a command whose output goes to NAME.out and NAME.err.
func startProgram(ts *testscript.TestScript, args []string) *exec.Cmd {
	out, err := os.Create(ts.MkAbs(args[0] + ".out"))
	ts.Check(err)
	defer out.Close()
	errs, err := os.Create(ts.MkAbs(args[0] + ".err"))
	ts.Check(err)
	defer errs.Close()
	cmd := exec.Command(inPath(ts, args[1]), args[2:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = ts.Getenv("WORK"), environment(ts), out, errs
	ts.Check(cmd.Start())
	return cmd
}

// killed N COMMAND... runs a command repeatedly and kills it up to N times, later
// each time, until it ends before that.
func killed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: killed N COMMAND...")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	for i := range n + 1 {
		looks := (i + 1) * killStep
		if i == n {
			looks = 0 // the last one may run to its end
		}
		cmd := startDoomed(ts, args[1:], looks, time.Duration(i%3)*time.Millisecond)
		err := cmd.Wait()
		switch status := statusOf(ts, err); status {
		case "KILL":
		case "0", "75": // 75: the run before had already ended when it was killed
			return
		default:
			ts.Fatalf("run %d ended with %s:\n%s", i+1, status, ts.ReadFile("killed.err"))
		}
	}
}

// startDoomed starts a command and kills it when it looks at the clock for the nth
// time: before it is told the time or, with a pause, a little later. Without an n it
// may run to its end.
func startDoomed(ts *testscript.TestScript, args []string, n int, pause time.Duration) *exec.Cmd {
	var cmd *exec.Cmd
	started := make(chan struct{})
	kill := func() {
		<-started
		_ = cmd.Process.Kill() // it may have ended by itself
	}
	if n > 0 {
		clockOf(ts).doomNext(n, func() {
			if pause > 0 {
				time.AfterFunc(pause, kill)
			} else {
				kill()
			}
		})
	}
	cmd = startProgram(ts, append([]string{"killed"}, args...))
	close(started)
	return cmd
}

// inPath finds a program in the script's own path.
func inPath(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path := filepath.Join(dir, name); isFile(path) {
			return path
		}
	}
	ts.Fatalf("%s is not in the path", name)
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// environment is the part of the script's environment that the program reads.
func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{
		"PATH", "HOME", "WORK", "TMPDIR", "TZ", "LANG", "TERM", "NO_COLOR", "GOCOVERDIR",
		sandboxVariable, caVariable, clockVariable, timeVariable,
		"TOOTFILL_SERVER", "TOOTFILL_ACCESS_TOKEN", "TOOTFILL_STATE", "TOOTFILL_ORIGIN_RATE", "TOOTFILL_HOME_RATE",
		"TOOTFILL_CONFIG", "TOOTFILL_PROFILE", "DISPLAY", browseVariable, "TOOTFILL_ENV_FILE", "DATABASE_URL", "BACKFILL_ENABLED",
		"TOOTFILL_METRICS_FILE", "TOOTFILL_PING", "TOOTFILL_LOG_FORMAT",
	} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func (b *background) find(ts *testscript.TestScript, name string) *exec.Cmd {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running[name] == nil {
		ts.Fatalf("%s is not running", name)
	}
	return b.running[name]
}

func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}
	if neg || len(args) != 2 || signals[args[1]] == 0 {
		ts.Fatalf("usage: signal NAME INT|TERM|KILL")
	}
	ts.Check(ts.Value(backgroundKey{}).(*background).find(ts, args[0]).Process.Signal(signals[args[1]]))
}

func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ends NAME STATUS")
	}
	b := ts.Value(backgroundKey{}).(*background)
	cmd := b.find(ts, args[0])
	over := clockOf(ts).scriptWaits(func() bool { return false }) // a program that has ended waits for nothing
	err := cmd.Wait()
	over()
	b.mu.Lock()
	delete(b.running, args[0])
	b.mu.Unlock()
	if got := statusOf(ts, err); got != args[1] {
		text, _ := os.ReadFile(ts.MkAbs(args[0] + ".err")) // only for the message
		ts.Fatalf("%s ended with %s, want %s; its stderr:\n%s", args[0], got, args[1], text)
	}
}

func statusOf(ts *testscript.TestScript, err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "0"
	case !errors.As(err, &exit):
		ts.Fatalf("waiting: %v", err)
	}
	if wait, ok := exit.Sys().(syscall.WaitStatus); ok && wait.Signaled() {
		return map[syscall.Signal]string{syscall.SIGINT: "INT", syscall.SIGTERM: "TERM", syscall.SIGKILL: "KILL"}[wait.Signal()]
	}
	return fmt.Sprint(exit.ExitCode())
}
