package testservers

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel end the server if the test program dies before it
// could do so itself: at a time limit, or killed.
func endWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
}
