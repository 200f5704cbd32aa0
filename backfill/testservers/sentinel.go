package testservers

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Sentinel starts a sentinel that watches a Redis under a name, and returns the
// sentinel's host:port.
func Sentinel(t testing.TB, name string, master *Server) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis-server")
	}
	at, err := url.Parse(master.URL)
	if err != nil {
		t.Fatal(err)
	}
	// It writes what it learns into its configuration.
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	var address string
	startOnFreePort(t, func(port string) *Server {
		text := fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor %s %s %s 1\n", port, name, at.Hostname(), at.Port())
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		address = "127.0.0.1:" + port
		return &Server{
			URL:     "redis://" + address,
			name:    "the sentinel",
			ready:   "+monitor master " + name,
			signal:  syscall.SIGTERM,
			last:    os.Kill,
			command: func() *exec.Cmd { return exec.Command(program, file, "--sentinel") },
		}
	})
	return address
}
