package testservers

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// readyTime is how long a server may take to answer.
	readyTime = 2 * time.Minute
	// stopTime is how long a server may take to end. Both are long, because the
	// machine may be busy.
	stopTime = time.Minute
	// portTries is how many ports are tried: somebody else may take a free port
	// before the server does.
	portTries = 5
)

// Server is a running server.
type Server struct {
	// URL is where it listens; it stays the same after Stop and Start.
	URL string
	// SocketDir is the folder of PostgreSQL's Unix socket.
	SocketDir string

	name    string
	ready   string
	command func() *exec.Cmd
	signal  os.Signal
	// last is the signal that ends the server at the end of its test, when nothing
	// needs keeping.
	last    os.Signal
	running *exec.Cmd
	ended   chan struct{}
}

// Start starts the server again after Stop and returns when it is ready.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Stop shuts the server down cleanly: it closes its connections.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.stop(s.signal); err != nil {
		t.Fatal(err)
	}
}

// Kill ends the server at once, as a crash would.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if err := s.stop(os.Kill); err != nil {
		t.Fatal(err)
	}
}

// Hang stops the server's main process: it no longer answers, but its connections
// stay open. (PostgreSQL goes on serving the connections that it has.)
func (s *Server) Hang(t testing.TB) {
	t.Helper()
	if err := s.running.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatalf("hanging %s: %v", s.name, err)
	}
}

// Wake ends Hang.
func (s *Server) Wake(t testing.TB) {
	t.Helper()
	if err := s.running.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatalf("waking %s: %v", s.name, err)
	}
}

func (s *Server) start() error {
	cmd := s.command()
	endWithParent(cmd)
	out, in, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	cmd.Stdout, cmd.Stderr = in, in
	err = cmd.Start()
	in.Close()
	if err != nil {
		out.Close()
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	s.running, s.ended = cmd, make(chan struct{})
	ready := make(chan bool, 1)
	log := &serverLog{ready: s.ready}
	go func() {
		defer close(s.ended)
		log.follow(out, ready)
		out.Close()
		cmd.Wait() //nolint:errcheck // its log shows how it ended
	}()
	timeout := time.NewTimer(readyTime)
	defer timeout.Stop()
	select {
	case ok := <-ready:
		if ok {
			return nil
		}
		<-s.ended
		s.running = nil
		return fmt.Errorf("starting %s: it ended at once:\n%s", s.name, log.text())
	case <-timeout.C:
		return fmt.Errorf("starting %s: not ready after %v (%w)", s.name, readyTime, s.stop(os.Kill))
	}
}

func (s *Server) stop(signal os.Signal) error {
	if s.running == nil {
		return nil
	}
	process, ended := s.running.Process, s.ended
	s.running = nil
	for _, sig := range []os.Signal{syscall.SIGCONT, signal, os.Kill} {
		// A process that has ended already cannot be signalled.
		if err := process.Signal(sig); err != nil && err != os.ErrProcessDone {
			return fmt.Errorf("stopping %s: %w", s.name, err)
		}
		if sig == syscall.SIGCONT {
			continue
		}
		timeout := time.NewTimer(stopTime)
		select {
		case <-ended:
			timeout.Stop()
			return nil
		case <-timeout.C:
		}
	}
	return fmt.Errorf("stopping %s: it does not end", s.name)
}

// serverLog reads what a server writes and keeps its last lines.
type serverLog struct {
	ready string
	lines []string
}

// follow reads until the server has closed its output. It sends true to ready at
// the line that says so, or false if no such line came.
func (l *serverLog) follow(out *os.File, ready chan<- bool) {
	told := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if told {
			continue
		}
		if l.lines = append(l.lines, lines.Text()); len(l.lines) > 40 {
			l.lines = l.lines[1:]
		}
		if strings.Contains(lines.Text(), l.ready) {
			told = true
			ready <- true
		}
	}
	if !told {
		ready <- false
	}
}

func (l *serverLog) text() string { return strings.Join(l.lines, "\n") }

// startOnFreePort starts the server that makeServer makes for a port. The server
// ends with the test.
func startOnFreePort(t testing.TB, makeServer func(port string) *Server) *Server {
	t.Helper()
	var err error
	for range portTries {
		var port string
		if port, err = freePort(); err != nil {
			break
		}
		s := makeServer(port)
		if err = s.start(); err == nil {
			t.Cleanup(func() {
				if err := s.stop(s.last); err != nil {
					t.Error(err)
				}
			})
			return s
		}
	}
	t.Fatal(err)
	return nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// missing skips the test because a program is not installed. In CI the test fails
// instead.
func missing(t testing.TB, program string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
}
