package testservers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

// Postgres starts a PostgreSQL and returns the URL of its empty database, as
// its superuser: postgres://postgres@127.0.0.1:PORT/postgres?sslmode=disable.
// Setting it up takes about a second, so tests should share one.
func Postgres(t testing.TB, settings ...string) string {
	t.Helper()
	return StartPostgres(t, settings...).URL
}

// StartPostgres starts a PostgreSQL with further settings, as on its command line
// ("-c", "name=value"). Everybody on the loopback interface
// may log in as any role without a password; its data outlives a restart. Its
// socket is in the folder SocketDir.
//
// PostgreSQL refuses to run as root. In a test run by root it runs as the user
// postgres.
func StartPostgres(t testing.TB, settings ...string) *Server {
	t.Helper()
	bin, err := postgresPrograms()
	if err != nil {
		missing(t, "postgresql")
	}
	account, err := postgresAccount()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := postgresFolder(account)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	command := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, program), args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
		if account != nil {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account}
		}
		return cmd
	}
	data := filepath.Join(dir, "data")
	initdb := command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("setting up a database: %v\n%s", err, out)
	}
	return startOnFreePort(t, func(port string) *Server {
		args := append([]string{
			"-D", data, "-p", port, "-k", dir, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
			"-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "logging_collector=off", "-c", "log_destination=stderr",
		}, settings...)
		return &Server{
			URL:       "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable",
			SocketDir: dir,
			name:      "postgres",
			ready:     "database system is ready to accept ", // connections, or read-only connections
			signal:    syscall.SIGINT,
			last:      syscall.SIGQUIT,
			command:   func() *exec.Cmd { return command("postgres", args...) },
		}
	})
}

// postgresPrograms finds the folder of initdb and postgres: Debian has one for
// each version, outside PATH.
func postgresPrograms() (string, error) {
	if program, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(program), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("no initdb")
	}
	version := func(program string) int {
		n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(program))))
		if err != nil {
			return 0
		}
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// postgresAccount returns the user that PostgreSQL has to run as; nil for our own.
func postgresAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("finding a user for PostgreSQL, which does not run as root: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading the id of user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("reading the group of user postgres: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// postgresFolder makes a folder that the account can reach (a test's own
// folder is closed to others) and whose name is short enough for a socket.
func postgresFolder(account *syscall.Credential) (string, error) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return "", fmt.Errorf("making a folder for PostgreSQL: %w", err)
	}
	if account == nil {
		return dir, nil
	}
	if err := os.Chown(dir, int(account.Uid), int(account.Gid)); err != nil {
		return "", fmt.Errorf("giving the folder to PostgreSQL: %w", err)
	}
	return dir, nil
}
