//go:build linux

package report_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tootfill/commands"
	"tootfill/commands/record/pty"
	"tootfill/commands/report"
)

// asProgram makes the test binary the program.
const asProgram = "REPORT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(commands.Process(nil, nil))
	}
	os.Exit(m.Run())
}

// window is a terminal with the program in it.
type window struct {
	cmd    *exec.Cmd
	pty    *os.File
	screen *report.Screen
}

// patience is how long the program may take for anything, on a busy machine, too.
const patience = 2 * time.Minute

func openWindow(t *testing.T, columns int, args ...string) *window {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &window{cmd: exec.Command(self, args...), screen: report.NewScreen(columns)}
	w.cmd.Env = []string{asProgram + "=1", "HOME=" + t.TempDir(), "TERM=xterm-256color", "LANG=C.UTF-8", "TZ=UTC"}
	if w.pty, err = pty.Start(w.cmd, 24, columns); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.cmd.Process.Kill() // it has mostly ended
		_ = w.cmd.Wait()
		_ = w.pty.Close()
	})
	return w
}

// read shows what the program writes within a time. It returns false once the program
// has closed the terminal.
func (w *window) read(within time.Duration) bool {
	ready := []unix.PollFd{{Fd: int32(w.pty.Fd()), Events: unix.POLLIN}}
	if n, err := unix.Poll(ready, int(within.Milliseconds())); n <= 0 {
		return err == nil || err == unix.EINTR
	}
	buffer := make([]byte, 64<<10)
	n, err := w.pty.Read(buffer)
	_, _ = w.screen.Write(buffer[:n]) // it takes everything
	return err == nil
}

// await shows what the program writes until the screen is as it should be.
func (w *window) await(t *testing.T, what string, is func(text string) bool) {
	t.Helper()
	for until := time.Now().Add(patience); !is(w.screen.Text()); {
		if !w.read(time.Second) || time.Now().After(until) {
			t.Fatalf("the screen never shows %s:\n%s", what, w.screen.Text())
		}
	}
}

// resize gives the window another width while the program stands still, so that all that
// it wrote before is on a screen of the old width.
func (w *window) resize(t *testing.T, columns int) {
	t.Helper()
	w.signal(t, unix.SIGSTOP)
	for w.read(50*time.Millisecond) && w.pending() {
	}
	w.screen.Resize(columns)
	if err := pty.Resize(w.pty, 24, columns); err != nil {
		t.Fatal(err)
	}
	w.signal(t, unix.SIGCONT)
}

// pending reports whether there is something to read.
func (w *window) pending() bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(w.pty.Fd()), Events: unix.POLLIN}}, 0)
	return err == nil && n > 0
}

func (w *window) signal(t *testing.T, s unix.Signal) {
	t.Helper()
	if err := w.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// progressOf finds the posts done in what shows progress.
var progressOf = regexp.MustCompile(`\b(\d+)/~?\d+`)

// A window is made narrower and wider in the middle of a run. There is one bar at all
// times, as wide as it may be, and nothing of it is left at the end.
func TestTheProgramInAWindowThatChanges(t *testing.T) {
	t.Parallel()
	w := openWindow(t, 80, "--sandbox", "accounts", "backfill", "--home-rate", "10/s", "gallery@photos.example")
	shown := ""
	for _, columns := range []int{80, 40, 120} {
		if columns != 80 {
			w.resize(t, columns)
		}
		// What was measured just before the change is drawn for the old width once.
		w.await(t, fmt.Sprintf("nothing but a bar that has gone on, in %d columns", columns), func(text string) bool {
			bars := progressOf.FindAllStringSubmatch(text, -1)
			return len(bars) == 1 && bars[0][1] != shown && !strings.Contains(strings.TrimRight(text, "\n"), "\n")
		})
		shown = progressOf.FindStringSubmatch(w.screen.Text())[1]
	}
	for w.read(patience) {
	}
	const want = `gallery@photos.example: imported 123, 8 already held, 1 refused: home.example answered without the post
  next try: from HH:MM on
Visited 1 account, imported 123 posts, 8 already held, 1 refused
Posts that were refused or failed are tried again in later runs.
`
	clock := regexp.MustCompile(`(from|From) (\d{4}-\d\d-\d\d )?\d\d:\d\d`)
	if got := clock.ReplaceAllString(w.screen.Text(), "$1 HH:MM"); strings.TrimRight(got, "\n") != strings.TrimRight(want, "\n") {
		t.Errorf("at the end:\n%s\nwant\n%s", got, want)
	}
	if strange := w.screen.Strange(); strange != "" {
		t.Error(fmt.Errorf("the screen does not know %s", strange))
	}
}
