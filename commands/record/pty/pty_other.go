//go:build !linux

package pty

import (
	"errors"
	"os"
	"os/exec"
)

var errOnlyLinux = errors.New("terminals are made on Linux only")

// Start is an error.
func Start(*exec.Cmd, int, int) (*os.File, error) { return nil, errOnlyLinux }

// Resize is an error.
func Resize(*os.File, int, int) error { return errOnlyLinux }
