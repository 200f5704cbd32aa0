package testservers

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel end the server if the test program dies before it can
// do so itself: because of a time limit, or because it is killed.
func endWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
}
