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

// PgBouncer starts a PgBouncer in transaction mode in front of the databases of a
// PostgreSQL. Its clients have to share so many connections to each database, as the role
// in the URL. Whatever password they give is right.
func PgBouncer(t testing.TB, database string, connections int) *Server {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		missing(t, "pgbouncer")
	}
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pgbouncer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "pgbouncer.ini")
	args := []string{file}
	if os.Geteuid() == 0 {
		args = []string{"-u", "postgres", file} // it refuses to run as root
	}
	return startOnFreePort(t, func(port string) *Server {
		text := fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%s user=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %s\n"+
			"unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = %d\nmax_client_conn = 100\n",
			at.Port(), at.User.Username(), port, connections)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		pooled := *at
		pooled.Host = "127.0.0.1:" + port
		return &Server{
			URL:     pooled.String(),
			name:    "pgbouncer",
			ready:   "process up",
			signal:  syscall.SIGINT,
			last:    os.Kill,
			command: func() *exec.Cmd { return exec.Command(program, args...) },
		}
	})
}
