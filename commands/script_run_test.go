package commands_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill"
	"tootfill/backfill/sandbox"
	"tootfill/commands"
)

// The variables that lead the program under test into the sandbox of the
// test's own process, and shift its clock. The real program knows none of them.
const (
	sandboxVariable = "TOOTFILL_TEST_SANDBOX" // host:port
	caVariable      = "TOOTFILL_TEST_CA"      // file with its certificate
	clockVariable   = "TOOTFILL_TEST_CLOCK"   // a duration such as 61m or -2h
	// hasteVariable is how many times faster the clock goes than the real one.
	hasteVariable = "TOOTFILL_TEST_HASTE"
	// beganVariable is when the clock began to do so, as Unix seconds: the
	// programs of one script agree on the time.
	beganVariable = "TOOTFILL_TEST_BEGAN"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tootfill": func() { os.Exit(processInTest()) }})
}

// processInTest is main with another network and another clock.
func processInTest() int {
	network, err := testNetwork()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	clock, err := testClock()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return commands.Process(network, clock)
}

func testNetwork() (commands.Network, error) {
	ca, err := os.ReadFile(os.Getenv(caVariable))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", caVariable, err)
	}
	return sandbox.Connect(os.Getenv(sandboxVariable), ca)
}

func testClock() (backfill.Clock, error) {
	c := scriptClock{haste: 1}
	var err error
	if text := os.Getenv(clockVariable); text != "" {
		if c.shift, err = time.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("reading %s: %w", clockVariable, err)
		}
	}
	if text := os.Getenv(hasteVariable); text != "" {
		if c.haste, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("reading %s: %w", hasteVariable, err)
		}
		began, err := strconv.ParseInt(os.Getenv(beganVariable), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", beganVariable, err)
		}
		c.began = time.Unix(began, 0)
	}
	return c, nil
}

// scriptClock is the machine's clock with the hands moved, or going faster.
type scriptClock struct {
	backfill.SystemClock
	shift time.Duration
	haste int
	began time.Time
}

func (c scriptClock) Now() time.Time {
	now := c.SystemClock.Now()
	if c.haste > 1 {
		now = now.Add(now.Sub(c.began) * time.Duration(c.haste-1))
	}
	return now.Add(c.shift)
}

func (c scriptClock) Wait(ctx context.Context, d time.Duration) error {
	return c.SystemClock.Wait(ctx, d/time.Duration(c.haste))
}

func TestScripts(t *testing.T) {
	commands := backgroundCommands()
	commands["exits"] = exits
	commands["fediverse"] = fediverseCommand
	commands["origin"] = originCommand
	commands["installation"] = installationCommand
	commands["jsonlines"] = jsonLines
	commands["redis"] = redisCommand
	commands["told"] = told
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                commands,
		Setup:               setUpScript,
	})
}

// setUpScript gives every script servers of its own and the settings to use
// them.
func setUpScript(env *testscript.Env) error {
	setUpBackground(env)
	setUpRedis(env)
	setUpInstallation(env)
	if err := startFediverse(env); err != nil {
		return err
	}
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("TZ", "UTC")
	env.Setenv(beganVariable, strconv.FormatInt(time.Now().Unix(), 10))
	env.Setenv("DEMO_TOKEN", sandbox.Token)
	env.Setenv("TOOTFILL_SERVER", sandbox.HomeDomain)
	env.Setenv("TOOTFILL_ACCESS_TOKEN", sandbox.Token)
	env.Setenv("TOOTFILL_STATE", filepath.Join(env.WorkDir, "state"))
	env.Setenv("TOOTFILL_ORIGIN_RATE", "100/s")
	return nil
}
