package service

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// longestHeader is how long the header of a request may be, in bytes. The library
	// allows 4 KiB more.
	longestHeader = 16 << 10
	// headerTime, readTime and writeTime bound how long the header of a request, the
	// whole request, and its answer may take.
	headerTime = 10 * time.Second
	readTime   = 20 * time.Second
	writeTime  = answerTime + readTime
	// idleTime is how long a connection is kept for the next request. It is more than
	// nginx keeps one (60 s), so that a request does not meet a connection that is
	// just being closed.
	idleTime = 2 * time.Minute
	// mostConnections bounds how many there are at a time.
	mostConnections = 256
)

// Server serves HTTP/1.1 to whoever is before it, a web server mostly, and is not hurt
// by connections that do nothing, or do it slowly.
type Server struct{ http *http.Server }

// NewServer serves h. told, if not nil, is told of troubles that are no request's.
func NewServer(h http.Handler, told func(text string)) *Server {
	open := newConnections(mostConnections)
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &Server{&http.Server{
		Handler:           open.watch(h),
		ConnContext:       open.add,
		ConnState:         open.changed,
		Protocols:         &protocols,
		MaxHeaderBytes:    longestHeader,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		ErrorLog:          log.New(teller(told), "", 0),
	}}
}

// Serve serves until Shutdown, and then returns nil at once. It may be called for
// several listeners.
func (s *Server) Serve(l net.Listener) error {
	err := s.http.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving %s: %w", l.Addr(), err)
}

// Shutdown ends the listeners and waits for the requests that are being answered. When
// ctx ends, so do they.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("waiting for the last requests: %w", err), s.http.Close())
}

// teller tells what the library logs, a line at a time.
type teller func(text string)

func (t teller) Write(line []byte) (int, error) {
	if t != nil {
		t(strings.TrimSpace(string(line)))
	}
	return len(line), nil
}
