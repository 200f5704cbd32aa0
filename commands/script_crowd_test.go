package commands_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// crowd N STATUS,... COMMAND... runs a command N times at once. Each of them must end
// with one of these statuses. All they print goes to crowd.out and crowd.err.
func crowd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: crowd N STATUS,... COMMAND...")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	statuses := strings.Split(args[1], ",")
	running := make([]*exec.Cmd, n)
	for i := range running {
		running[i] = startProgram(ts, append([]string{memberOfCrowd(i)}, args[2:]...))
	}
	// Nothing of them may outlive the script, whatever they end with.
	ended := make([]string, n)
	for i, cmd := range running {
		ended[i] = statusOf(ts, cmd.Wait())
	}
	var out, errs strings.Builder
	for i, status := range ended {
		name := memberOfCrowd(i)
		out.WriteString(ts.ReadFile(name + ".out"))
		errs.WriteString(ts.ReadFile(name + ".err"))
		if !slices.Contains(statuses, status) {
			ts.Fatalf("%s ended with %s:\n%s", name, status, ts.ReadFile(name+".err"))
		}
	}
	ts.Logf("%s", countStatuses(ended))
	ts.Check(os.WriteFile(ts.MkAbs("crowd.out"), []byte(out.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("crowd.err"), []byte(errs.String()), 0o600))
}

func memberOfCrowd(i int) string { return fmt.Sprintf("crowd%02d", i) }

func countStatuses(ended []string) string {
	counts := make(map[string]int)
	for _, status := range ended {
		counts[status]++
	}
	return fmt.Sprintf("the exit statuses: %v", counts)
}
