package pty

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start starts a command in a terminal of its own, and returns the other end: what a
// screen shows. The caller closes it.
func Start(cmd *exec.Cmd, rows, columns int) (*os.File, error) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	if err := startBehind(terminal, cmd, rows, columns); err != nil {
		_ = terminal.Close() // nothing was written to it
		return nil, err
	}
	return terminal, nil
}

func startBehind(terminal *os.File, cmd *exec.Cmd, rows, columns int) error {
	fd := int(terminal.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return fmt.Errorf("unlocking the terminal: %w", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return fmt.Errorf("asking for the terminal's number: %w", err)
	}
	if err := Resize(terminal, rows, columns); err != nil {
		return err
	}
	inner, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer inner.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = inner, inner, inner
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return cmd.Start()
}

// Resize gives a terminal another size. What runs in it gets SIGWINCH.
func Resize(terminal *os.File, rows, columns int) error {
	size := unix.Winsize{Row: uint16(rows), Col: uint16(columns)}
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &size); err != nil {
		return fmt.Errorf("setting the terminal's size: %w", err)
	}
	return nil
}
