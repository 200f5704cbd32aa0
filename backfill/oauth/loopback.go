package oauth

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"tootfill/backfill/cleantext"
)

const (
	callbackPath = "/callback"
	// longestMessage is how many columns of a server's message are passed on, and
	// longestCode how many bytes a code may have.
	longestMessage = 200
	longestCode    = 4 << 10
	// browserPatience bounds the time in which a browser has to send its request.
	browserPatience = 10 * time.Second
)

// Loopback is an address of this machine at which a browser comes back.
type Loopback struct {
	state    string
	redirect string
	server   *http.Server
	served   chan struct{}
	// taken says that an answer has come; it is in answers as soon as the browser has
	// its page.
	taken   atomic.Bool
	answers chan answer
}

// answer is what a browser brought back.
type answer struct {
	code string
	err  error
}

// Listen listens at a free port of 127.0.0.1 for the answer that has the state. The
// port has to be known before the application is registered: Mastodon takes any port
// of a registered loopback address, but GoToSocial and Pleroma only the very same one.
func Listen(state string) (*Loopback, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the browser: %w", err)
	}
	b := &Loopback{
		state: state, redirect: "http://" + l.Addr().String() + callbackPath,
		served: make(chan struct{}), answers: make(chan answer, 1),
	}
	b.server = &http.Server{
		Handler:           http.HandlerFunc(b.serve),
		ReadHeaderTimeout: browserPatience, WriteTimeout: browserPatience,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       log.New(io.Discard, "", 0),
	}
	b.server.SetKeepAlivesEnabled(false)
	go func() {
		defer close(b.served)
		_ = b.server.Serve(l) // it always returns an error, here the one that Close causes
	}()
	return b, nil
}

// Redirect is the address.
func (b *Loopback) Redirect() string { return b.redirect }

// Code waits for the browser and returns the code that it brings. Errors are a
// *RefusedError, ErrState, ErrNoCode, ErrToken, or the cause of the end of ctx.
func (b *Loopback) Code(ctx context.Context) (string, error) {
	select {
	case a := <-b.answers:
		return a.code, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// Close stops listening, and waits until that is done.
func (b *Loopback) Close() error {
	err := b.server.Close()
	<-b.served
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("closing the browser's address: %w", err)
	}
	return nil
}

// serve takes the first answer; browsers ask for icons and the like as well.
func (b *Loopback) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != callbackPath || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	first := b.taken.CompareAndSwap(false, true)
	a := b.read(r.URL.Query())
	text, status := "tootfill has the answer. You can close this page and go back to the terminal.", http.StatusOK
	if a.err != nil {
		text, status = "This did not work. The terminal says why; you can close this page.", http.StatusBadRequest
	}
	show(w, status, text)
	if first {
		b.answers <- a
	}
}

// show writes a page that repeats nothing of the request, and keeps its address, which
// has the code, to the browser.
func show(w http.ResponseWriter, status int, text string) {
	page := "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>tootfill</title></head><body><p>" + text + "</p></body></html>\n"
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, page)            // the answer counts even if nobody sees the page
	_ = http.NewResponseController(w).Flush() // the server may be closed at once
}

// read reads an answer (RFC 6749, 4.1.2).
func (b *Loopback) read(q url.Values) answer {
	code := q.Get("code")
	switch {
	case len(q) == 0:
		return answer{err: ErrNoCode}
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(b.state)) != 1:
		return answer{err: ErrState}
	case q.Get("error") != "":
		message := cleantext.Line(cmp.Or(q.Get("error_description"), q.Get("error")), longestMessage)
		return answer{err: &RefusedError{Message: message}}
	case code == "" && q.Get("access_token") != "":
		return answer{err: ErrToken}
	case code == "", len(code) > longestCode:
		return answer{err: ErrNoCode}
	}
	return answer{code: code}
}
