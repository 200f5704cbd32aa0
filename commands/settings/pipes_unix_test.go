//go:build unix

package settings

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe in place of a file that nobody writes to is an error, and is not waited
// for.
func TestPipesInThePlaceOfFiles(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Token{file: pipe}).Read(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("the token: %v", err)
	}
	if _, err := (SigningKey{ID: "x", file: pipe}).Read(); err == nil {
		t.Error("a signing key was read")
	}
	if c, err := readConfig(pipe); err != nil || len(c.values) > 0 {
		t.Errorf("the config: %+v, %v", c, err)
	}
}

func TestTokenCommandThatLeavesAChildBehind(t *testing.T) {
	var stderr bytes.Buffer
	token, err := Token{command: "sleep 30 & echo token"}.Read(context.Background(), &stderr)
	if token != "token" || err != nil {
		t.Errorf("%q, %v", token, err)
	}
}
