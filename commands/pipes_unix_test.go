//go:build unix

package commands

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe that nobody writes to in the place of a file is an error and no wait.
func TestPipesInThePlaceOfFiles(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (tokenSources{file: pipe}).token(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("the token: %v", err)
	}
	if _, err := (signing{keyID: "x", file: pipe}).read(); err == nil {
		t.Error("a signing key was read")
	}
	if c, err := readConfig(pipe); err != nil || c.Server != "" {
		t.Errorf("the config: %+v, %v", c, err)
	}
}

// Opening a pipe waits for somebody who writes; an interruption ends that, too.
func TestListInAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancelCause(context.Background())
	read := func() (string, error) {
		files, shut, err := openAccountFiles(ctx, []string{pipe}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer shut()
		names, err := collect(t, files[0].targets)
		return strings.Join(names, " "), err
	}
	go func() { _ = os.WriteFile(pipe, []byte("a@x.example\nb@x.example\n"), 0) }()
	if names, err := read(); names != ab || err != nil {
		t.Errorf("%q, %v", names, err)
	}
	interrupt(&Interrupted{Signal: syscall.SIGTERM})
	var interrupted *Interrupted
	if names, err := read(); names != "" || !errors.As(err, &interrupted) {
		t.Errorf("interrupted: %q, %v", names, err)
	}
}

func TestTokenCommandThatLeavesAChildBehind(t *testing.T) {
	var stderr bytes.Buffer
	token, err := tokenSources{command: "sleep 30 & echo token"}.token(context.Background(), &stderr)
	if token != "token" || err != nil {
		t.Errorf("%q, %v", token, err)
	}
}
