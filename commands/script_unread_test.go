package commands_test

import (
	"bytes"
	"os"
	"os/exec"

	"github.com/rogpeppe/go-internal/testscript"
)

// unread COMMAND... runs a command whose output goes to a pipe that nobody reads, and
// wants it to end well and without a message.
func unread(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: unread COMMAND...")
	}
	reader, writer, err := os.Pipe()
	ts.Check(err)
	defer writer.Close()
	ts.Check(reader.Close())
	var stderr bytes.Buffer
	cmd := exec.Command(inPath(ts, args[0]), args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = ts.Getenv("WORK"), environment(ts), writer, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		ts.Fatalf("%v: %s", err, &stderr)
	}
}
