package service

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serve serves the endpoint of a world until the test ends.
func serve(t testing.TB, h http.Handler, change func(*Server)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(h, func(text string) { t.Log(text) })
	if change != nil {
		change(s)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(s.Shutdown(ctx), <-ended); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t testing.TB, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

const head = "POST " + path + " HTTP/1.1\r\nHost: home.example\r\nAuthorization: Bearer " + annes + "\r\n"

// send sends a request as it is and returns the status and the body of the answer.
func send(t testing.TB, addr, text string) (status int, body string) {
	t.Helper()
	conn := dial(t, addr)
	go func() { _, _ = io.WriteString(conn, text) }() // the server may close before it has all
	return receive(t, bufio.NewReader(conn))
}

func receive(t testing.TB, from *bufio.Reader) (status int, body string) {
	t.Helper()
	resp, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestServer(t *testing.T) {
	addr := serve(t, newWorld(t), nil)
	for name, tt := range map[string]struct {
		text   string
		status int
	}{
		"good":               {head + "\r\n", 202},
		"a body":             {head + "Content-Length: 2\r\n\r\n{}", 202},
		"in chunks":          {head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 202},
		"a header of 1 MiB":  {head + "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", 431},
		"a body of 1 MiB":    {head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", 1<<20, strings.Repeat("x", 1<<20)), 413},
		"endless chunks":     {head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1000\r\n"+strings.Repeat("x", 1<<12)+"\r\n", 64), 413},
		"another host":       {strings.Replace(head, "home.example", "evil.example", 1) + "\r\n", 202},
		"an absolute target": {strings.Replace(head, "POST ", "POST http://evil.example", 1) + "\r\n", 202},
		"two lengths":        {head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400},
		"HTTP/1.0":           {strings.Replace(head, "1.1", "1.0", 1) + "\r\n", 202},
		"HTTP/2":             {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404},
		"nonsense":           {"\x16\x03\x01\x02\r\n\r\n", 400},
	} {
		if status, body := send(t, addr, tt.text); status != tt.status || strings.Contains(body, annes) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestPipelinedRequests(t *testing.T) {
	w := newWorld(t)
	conn := dial(t, serve(t, w, nil))
	if _, err := io.WriteString(conn, strings.Repeat(head+"\r\n", 50)); err != nil {
		t.Fatal(err)
	}
	from := bufio.NewReader(conn)
	for range 50 {
		if status, body := receive(t, from); status != 202 {
			t.Fatalf("%d %s", status, body)
		}
	}
	if n := len(w.queue.noted()); n != 50 || w.home.count() != 1 {
		t.Errorf("%d noted, home was asked %d times", n, w.home.count())
	}
}

// Connections that send nothing, or half a header, hurt nobody: not even if there are
// more than may be open.
func TestSilentConnections(t *testing.T) {
	addr := serve(t, newWorld(t), nil)
	for i := range mostConnections + 100 {
		conn := dial(t, addr)
		if i%2 == 1 {
			if _, err := io.WriteString(conn, head[:len(head)/2]); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 3 {
		if status, body := send(t, addr, head+"\r\n"); status != 202 {
			t.Errorf("%d %s", status, body)
		}
	}
}

// A request that is being answered is not given up for those that do nothing.
func TestBusyConnections(t *testing.T) {
	w := newWorld(t)
	w.home.wait, w.home.begun = make(chan struct{}), make(chan struct{}, 1)
	addr := serve(t, w, nil)
	conn := dial(t, addr)
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		t.Fatal(err)
	}
	<-w.home.begun
	for range mostConnections + 100 {
		dial(t, addr)
	}
	if status, _ := send(t, addr, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); status != 404 { // all were accepted
		t.Error(status)
	}
	close(w.home.wait)
	if status, body := receive(t, bufio.NewReader(conn)); status != 202 {
		t.Errorf("%d %s", status, body)
	}
}

func TestSlowHeader(t *testing.T) {
	addr := serve(t, newWorld(t), func(s *Server) {
		s.http.ReadHeaderTimeout, s.http.ReadTimeout, s.http.IdleTimeout = 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	})
	for name, text := range map[string]string{
		"nothing": "", "half a header": head, "half a body": head + "Content-Length: 100\r\n\r\nx", "nothing more": head + "\r\n",
	} {
		conn := dial(t, addr)
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		// the end may come as a reset, if something was still to be read
		var late net.Error
		if _, err := io.Copy(io.Discard, conn); errors.As(err, &late) && late.Timeout() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is being answered when the service ends is answered.
func TestShutdown(t *testing.T) {
	w := newWorld(t)
	w.home.wait, w.home.begun = make(chan struct{}), make(chan struct{}, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(w, nil)
	served, ended := make(chan error, 1), make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	conn := dial(t, l.Addr().String())
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		t.Fatal(err)
	}
	<-w.home.begun
	go func() { ended <- s.Shutdown(t.Context()) }()
	if err := <-served; err != nil {
		t.Error(err)
	}
	close(w.home.wait)
	if status, body := receive(t, bufio.NewReader(conn)); status != 202 {
		t.Errorf("%d %s", status, body)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A request that does not end is given up when the time for it is.
func TestShutdownInTime(t *testing.T) {
	w := newWorld(t)
	w.home.wait, w.home.begun = make(chan struct{}), make(chan struct{}, 1)
	defer close(w.home.wait)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(w, nil)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	conn := dial(t, l.Addr().String())
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		t.Fatal(err)
	}
	<-w.home.begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func BenchmarkEndpoint(b *testing.B) {
	w := newWorld(b)
	addr := serve(b, w, nil)
	b.RunParallel(func(pb *testing.PB) {
		conn := dial(b, addr)
		from := bufio.NewReader(conn)
		for pb.Next() {
			if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
				b.Error(err)
				return
			}
			if status, body := receive(b, from); status != 202 {
				b.Errorf("%d %s", status, body)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
