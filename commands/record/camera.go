package main

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"tootfill/commands/record/pty"
)

const (
	// shutter is the shortest time that a frame is shown.
	shutter = 80 * time.Millisecond
	// keys is how many characters are typed in one frame.
	keys = 3
	// rest is the time between two commands, and before the first.
	rest = 900 * time.Millisecond
	// encore is how long the end is shown.
	encore = 6 * time.Second
)

// scene is one command.
type scene struct {
	// typed are its lines as they are shown, each but the last continued.
	typed []string
	args  []string
}

// frame is the screen from a moment on.
type frame struct {
	at    time.Duration
	lines [rows]string
}

// camera takes down what a screen shows.
type camera struct {
	clock  func() time.Time
	screen *screen
	// at is the time in the film.
	at     time.Duration
	frames []frame
}

func newCamera(clock func() time.Time) *camera {
	return &camera{clock: clock, screen: newScreen()}
}

// ending is how long the film takes.
func (c *camera) ending() time.Duration { return c.at + encore }

// film types a command, runs it, and takes down what it writes. Statuses other than 0
// are an error: the film shows what works.
func (c *camera) film(program, home string, s scene) error {
	if err := c.typeIn(s.typed); err != nil {
		return err
	}
	cmd := exec.Command(program, s.args...)
	cmd.Env = []string{"HOME=" + home, "TERM=xterm-256color", "LANG=C.UTF-8", "TZ=UTC"}
	terminal, err := pty.Start(cmd, rows, columns)
	if err != nil {
		return fmt.Errorf("starting %s in a terminal: %w", program, err)
	}
	defer terminal.Close()
	begun, before := c.clock(), c.at
	buffer := make([]byte, 64<<10)
	for {
		n, err := terminal.Read(buffer)
		c.at = before + c.clock().Sub(begun)
		if n > 0 {
			if err := c.show(buffer[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.EIO) { // Linux says EIO when the program has closed the terminal
			break
		}
		if err != nil {
			return fmt.Errorf("reading the terminal: %w", err)
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s %q: %w", program, s.args, err)
	}
	return nil
}

// typeIn shows a prompt, and a command that is typed.
func (c *camera) typeIn(lines []string) error {
	prompt := "\x1b[2m$\x1b[0m "
	for i, line := range lines {
		if i > 0 {
			prompt = "\x1b[2m>\x1b[0m "
		}
		if err := c.show([]byte(prompt)); err != nil {
			return err
		}
		if i == 0 {
			c.at += rest
		}
		for part := range slices.Chunk([]byte(line), keys) {
			c.at += shutter
			if err := c.show(part); err != nil {
				return err
			}
		}
		c.at += shutter
		if err := c.show([]byte("\r\n")); err != nil {
			return err
		}
	}
	return nil
}

// show writes to the screen, and takes a frame if anything has changed. What follows
// within the shutter's time is the same frame.
func (c *camera) show(output []byte) error {
	if err := c.screen.write(output); err != nil {
		return err
	}
	f := frame{at: c.at, lines: c.screen.svgLines()}
	last := len(c.frames) - 1
	switch {
	case last < 0:
		f.at = 0
	case f.lines == c.frames[last].lines:
		return nil
	case f.at-c.frames[last].at < shutter:
		c.frames[last].lines = f.lines
		return nil
	}
	c.frames = append(c.frames, f)
	return nil
}
