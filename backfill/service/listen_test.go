package service

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for text, local := range map[string]bool{
		DefaultAddress: true, "[::1]:3400": true, "localhost:0": true, "127.8.9.1:80": true, "[::ffff:127.0.0.1]:3400": true, "unix:/run/x": true, "unix:x": true,
		":3400": false, "0.0.0.0:3400": false, "[::]:3400": false, "192.0.2.1:3400": false, "home.example:3400": false, "localhost.evil.example:1": false, "127.1:80": false,
	} {
		a, err := ParseAddress(text, false)
		var anywhere *AnywhereError
		if local && (err != nil || a.String() != text) || !local && !errors.As(err, &anywhere) {
			t.Errorf("%s: %v, %v", text, a, err)
		}
		if a, err := ParseAddress(text, true); err != nil || a.String() != text {
			t.Errorf("%s, anywhere: %v, %v", text, a, err)
		}
	}
	for _, text := range []string{"", "unix:", "unix:a\x00b", "127.0.0.1", "3400", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1", "::1:3400"} {
		if a, err := ParseAddress(text, true); err == nil {
			t.Errorf("%q is %v", text, a)
		}
	}
}

func listen(t *testing.T, text string) (net.Listener, error) {
	t.Helper()
	a, err := ParseAddress(text, false)
	if err != nil {
		t.Fatal(err)
	}
	l, err := a.Listen(t.Context())
	if err == nil {
		t.Cleanup(func() { l.Close() })
	}
	return l, err
}

func TestListen(t *testing.T) {
	l, err := listen(t, "127.0.0.1:0")
	if err != nil || !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		t.Fatal(l, err)
	}
	if _, err := listen(t, l.Addr().String()); err == nil || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("twice: %v", err)
	}
}

func TestSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "socket") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	l, err := listen(t, "unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := listen(t, "unix:"+path); err == nil || !strings.Contains(err.Error(), "another process listens there") {
		t.Errorf("twice: %v", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as if it were killed
	l.Close()
	if l, err = listen(t, "unix:"+path); err != nil {
		t.Fatalf("a stale socket: %v", err)
	}
	l.Close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(t, "unix:"+path); err == nil {
		t.Error("a file is taken for a socket")
	}
	if text, err := os.ReadFile(path); string(text) != "precious" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := listen(t, "unix:"+filepath.Join(dir, "none", "s")); err == nil {
		t.Error("no error without the folder")
	}
}

func TestNothingInherited(t *testing.T) {
	for _, env := range []map[string]string{{}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "1", "LISTEN_PID": "8"}, {"LISTEN_PID": "7", "LISTEN_FDS": "0"}} {
		if all, err := InheritedListeners(func(name string) string { return env[name] }, 7); len(all) > 0 || err != nil {
			t.Errorf("%v: %v, %v", env, all, err)
		}
	}
	for _, n := range []string{"", "x", "-1", "1000000"} {
		env := map[string]string{"LISTEN_PID": "7", "LISTEN_FDS": n}
		if all, err := InheritedListeners(func(name string) string { return env[name] }, 7); err == nil {
			t.Errorf("%s: %v", n, all)
		}
	}
}

// TestInherited has a shell do what systemd does: it knows the id of the process that it
// becomes.
func TestInherited(t *testing.T) {
	const child = "TOOTFILL_TEST_INHERITED"
	if os.Getenv(child) != "" {
		all, err := InheritedListeners(os.Getenv, os.Getpid())
		if err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		for _, l := range all {
			conn, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write([]byte(l.Name + "\n")); err != nil {
				t.Fatal(err)
			}
			conn.Close()
			l.Close()
		}
		return
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	cmd := exec.Command(shell, "-c", `LISTEN_PID=$$ exec "$0" -test.run='^TestInherited$'`, os.Args[0])
	cmd.Env = append(os.Environ(), child+"=1", "LISTEN_FDS=2", "LISTEN_FDNAMES=endpoint:admin")
	var addrs []string
	for range 2 {
		l, err := listen(t, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
		addrs = append(addrs, l.Addr().String())
	}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"endpoint\n", "admin\n"} {
		conn, err := net.Dial("tcp", addrs[i])
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 100)
		n, _ := conn.Read(got)
		conn.Close()
		if string(got[:n]) != want {
			t.Errorf("%d: %q", i, got[:n])
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
}
