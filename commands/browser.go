package commands

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
)

// browser is the command that opens an address in the person's browser; nil if there
// is none on this machine, or if the person sits at another one.
func browser(getenv func(string) string, system string) []string {
	if getenv("SSH_CONNECTION") != "" || getenv("SSH_TTY") != "" {
		return nil
	}
	switch system {
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	case "darwin":
		return []string{"open"}
	}
	if getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" && getenv("BROWSER") == "" {
		return nil // xdg-open would start a browser in this very terminal
	}
	return []string{"xdg-open"}
}

// browser is that of the environment, if its command is installed.
func (env Env) browser() []string {
	command := browser(env.Getenv, runtime.GOOS)
	if len(command) == 0 {
		return nil
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		return nil
	}
	return command
}

// openPage opens a page in the browser. What it sends on the channel is the error of
// the command, nil if it ended well.
func openPage(ctx context.Context, command []string, page string) <-chan error {
	// The browser itself may outlive the program, so the context does not end it.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), command[0], append(command[1:len(command):len(command)], page)...)
	opened := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		opened <- err
		return opened
	}
	go func() {
		var exit *exec.ExitError
		err := cmd.Wait()
		if errors.As(err, &exit) {
			err = errors.New(command[0] + " failed: " + exit.String())
		}
		opened <- err
	}()
	return opened
}
