package testservers

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// Redis starts a redis-server and returns its URL, redis://127.0.0.1:PORT/0.
func Redis(t testing.TB, settings ...string) string {
	t.Helper()
	return StartRedis(t, settings...).URL
}

// StartRedis starts a redis-server with further settings, as on its command line. It
// keeps nothing across a restart unless told to.
func StartRedis(t testing.TB, settings ...string) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis-server")
	}
	dir := t.TempDir()
	return startOnFreePort(t, func(port string) *Server {
		args := append([]string{
			"--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no",
		}, settings...)
		return &Server{
			URL:    "redis://127.0.0.1:" + port + "/0",
			name:   "redis-server",
			ready:  "Ready to accept connections",
			signal: syscall.SIGTERM,
			last:   os.Kill,
			command: func() *exec.Cmd {
				return exec.Command(program, args...)
			},
		}
	})
}
