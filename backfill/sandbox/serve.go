package sandbox

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

func (s *Sandbox) serve(inMemory bool) error {
	s.server = &http.Server{
		Handler:           http.HandlerFunc(s.dispatch),
		TLSConfig:         s.tlsConfig(),
		ReadHeaderTimeout: 30 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	s.network = &Network{roots: s.authority.pool(), dial: s.dialInner(clientAddress), down: s.board.isDown}
	listeners := []net.Listener{s.inner}
	if !inMemory {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("listening for the sandbox: %w", err)
		}
		s.addr = l.Addr().String()
		s.network.dial = dialTCP(s.addr)
		listeners = append(listeners, l)
	}
	s.work.Add(1)
	go s.home.queue.run(s.ctx, s.work.Done)
	for _, l := range listeners {
		s.work.Add(1)
		go func() {
			defer s.work.Done()
			// ServeTLS always returns an error, here the one that Close causes.
			_ = s.server.ServeTLS(s.board.track(l), "", "")
		}()
	}
	return nil
}

// tlsConfig tells hosts apart by SNI. For a host that has gone away, it cuts the
// connection before a single byte is answered.
func (s *Sandbox) tlsConfig() *tls.Config {
	config := &tls.Config{
		MinVersion:             tls.VersionTLS12,
		CurvePreferences:       []tls.CurveID{tls.X25519},
		SessionTicketsDisabled: true,
		NextProtos:             []string{"h2", "http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return s.authority.certificate(hello.ServerName)
		},
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		return nil, s.board.admit(hello.Conn, strings.ToLower(hello.ServerName))
	}
	return config
}

func (s *Sandbox) dispatch(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler) // how net/http lets a handler cut the connection
	}
	defer s.work.Done()
	defer s.holdToAnswer(r)()
	name := strings.ToLower(r.Host)
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	host := s.board.host(name)
	if host == nil {
		http.Error(w, "no such server in the sandbox", http.StatusMisdirectedRequest)
		return
	}
	host.ServeHTTP(w, r)
}

// enter counts a request in, unless the sandbox is closing.
func (s *Sandbox) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	return true
}
