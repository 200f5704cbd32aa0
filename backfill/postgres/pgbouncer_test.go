package postgres

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// testPgBouncer puts a PgBouncer in transaction mode in front of the database. It has
// a single connection, which its clients have to share.
func testPgBouncer(t *testing.T, i *installation) {
	direct := i.database(t)
	pooled := startPgBouncer(t, direct)
	d := open(t, optionsFor(t, pooled))
	other := open(t, optionsFor(t, pooled))
	for range 3 {
		account(t, d, "alice@photos.example")
		if held, err := other.HeldURIs(t.Context(), []string{"https://photos.example/p/1"}); err != nil || len(held) != 1 {
			t.Errorf("held: %v, %v", held, err)
		}
	}
	if got := followed(t, d, 0); len(got) != 3 {
		t.Errorf("followed: %v", got)
	}
	// Mastodon gets the same connection, but none of our settings.
	conn, err := pgx.Connect(t.Context(), pooled+"&default_query_exec_mode=exec")
	if err != nil {
		t.Fatal(err)
	}
	defer hangUp(conn)
	var timeout, readOnly, lock string
	err = conn.QueryRow(t.Context(), `SELECT current_setting('statement_timeout'), current_setting('transaction_read_only'),
		current_setting('lock_timeout')`).Scan(&timeout, &readOnly, &lock)
	if err != nil || timeout != "0" || readOnly != "off" || lock != "0" {
		t.Errorf("what stays behind: statement_timeout %s, read only %s, lock_timeout %s, %v", timeout, readOnly, lock, err)
	}
}

// startPgBouncer starts a PgBouncer in front of a database and returns its URL.
func startPgBouncer(t *testing.T, database string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("pgbouncer is not installed")
		}
		t.Skip("pgbouncer is not installed")
	}
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pgbouncer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	port := freePort(t)
	settings := fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%s user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %s\n"+
		"unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 1\nmax_client_conn = 20\n", u.Port(), port)
	path := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(path, []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{path}
	if os.Geteuid() == 0 {
		args = []string{"-u", "postgres", path} // it refuses to run as root
	}
	run(t, exec.Command(program, args...), "process up")
	u.Host = "127.0.0.1:" + port
	return u.String()
}

// run starts a program and waits until it says that it is ready. The program ends
// with the test.
func run(t *testing.T, cmd *exec.Cmd, ready string) {
	t.Helper()
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		cmd.Wait() //nolint:errcheck // it was killed
	})
	var said strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), ready) {
			go io.Copy(io.Discard, out) //nolint:errcheck // ends with the program
			return
		}
	}
	t.Fatalf("%s is not ready:\n%s", cmd.Path, said.String())
}
