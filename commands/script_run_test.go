package commands_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill/sandbox"
	"tootfill/commands"
)

// These variables direct the program under test to the sandbox of the test's own
// process, and shift its clock. The real program knows none of them.
const (
	sandboxVariable = "TOOTFILL_TEST_SANDBOX" // host:port
	caVariable      = "TOOTFILL_TEST_CA"      // file with its certificate
	clockVariable   = "TOOTFILL_TEST_CLOCK"   // a duration such as 61m or -2h
	timeVariable    = "TOOTFILL_TEST_TIME"    // host:port of the script's clock
	peakVariable    = "TOOTFILL_TEST_PEAK"    // file for the peak of the program's memory
	speedVariable   = "TOOTFILL_TEST_SPEED"   // how fast the clock runs, and since which Unix nanosecond: 10@1767225600000000000
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tootfill": func() { os.Exit(processInTest()) },
		"xdg-open": func() { os.Exit(browseInTest()) },
	})
}

// processInTest is main with another network and another clock.
func processInTest() int {
	network, err := newProgramNetwork()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	clock, err := newClock(network)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	status := commands.Process(network, clock)
	if err := notePeakMemory(os.Getenv(peakVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// notePeakMemory writes the peak of this process's memory (resident set size), in KiB,
// into a file; nothing where the machine does not tell it. To whoever started the
// process, Linux tells a peak that counts the starter's own memory, too: that of the
// moment before exec.
func notePeakMemory(file string) error {
	if file == "" {
		return nil
	}
	status, _ := os.ReadFile("/proc/self/status") // only Linux has it
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib, _, _ := strings.Cut(after, "kB")
	return os.WriteFile(file, []byte(strings.TrimSpace(kib)), 0o600)
}

func TestScripts(t *testing.T) {
	if signal.Ignored(os.Interrupt) { // as in the background of a shell script
		signal.Notify(make(chan os.Signal, 1), os.Interrupt) // so that no program inherits it
	}
	commands := backgroundCommands()
	commands["crowd"] = crowd
	commands["database"] = databaseCommand
	commands["exits"] = exits
	commands["fediverse"] = fediverseCommand
	commands["origin"] = originCommand
	commands["installation"] = installationCommand
	commands["killatrandom"] = killAtRandom
	commands["jsonlines"] = jsonLines
	commands["pastes"] = pastes
	commands["redis"] = redisCommand
	commands["told"] = told
	commands["loglines"] = logLines
	commands["metrics"] = metricsCommand
	commands["watcher"] = watcherCommand
	commands["wrapped"] = wrapped
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                commands,
		Condition:           scriptCondition,
		Setup:               setUpScript,
	})
}

// scriptCondition is missing:PROGRAM. In CI no program may be missing.
func scriptCondition(condition string) (bool, error) {
	name, found := strings.CutPrefix(condition, "missing:")
	if !found {
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	_, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		return false, err
	}
	return err != nil, nil
}

// setUpScript gives every script its own servers and the settings to use them.
func setUpScript(env *testscript.Env) error {
	setUpRedis(env)
	setUpInstallation(env)
	setUpDatabase(env)
	clock := newScriptClock()
	addr, err := clock.serve(env)
	if err != nil {
		return err
	}
	env.Values[clockKey{}] = clock
	env.Values[watcherKey{}] = new(watcher)
	env.Setenv(timeVariable, addr)
	if err := startFediverse(env, clock); err != nil {
		return err
	}
	setUpBackground(env) // last, so that the programs end before what they speak to
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("TZ", "UTC")
	env.Setenv("DEMO_TOKEN", sandbox.Token)
	env.Setenv("TOOTFILL_SERVER", sandbox.HomeDomain)
	env.Setenv("TOOTFILL_ACCESS_TOKEN", sandbox.Token)
	env.Setenv("TOOTFILL_STATE", filepath.Join(env.WorkDir, "state"))
	env.Setenv("TOOTFILL_ORIGIN_RATE", "100/s")
	return nil
}
