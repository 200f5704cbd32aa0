package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tootfill/backfill/cleantext"
)

// DefaultAddress is where the endpoint listens if nothing else is asked for.
const DefaultAddress = "127.0.0.1:3400"

// socketMode lets the group of a socket's owner use it, such as the web server before
// it.
const socketMode fs.FileMode = 0o660

// Address is a place to listen at.
type Address struct{ network, name string }

// String is the address as ParseAddress reads it.
func (a Address) String() string {
	if a.network == "unix" {
		return "unix:" + a.name
	}
	return a.name
}

// AnywhereError: others than this machine could connect to an address, and nobody has
// allowed that.
type AnywhereError struct{ Addr string }

func (e *AnywhereError) Error() string {
	return "other machines could connect to " + e.Addr + ", where tokens would come in the clear"
}

// ParseAddress reads 127.0.0.1:3400, [::1]:3400, localhost:3400 or unix:PATH. Any other
// address and any other name needs leave (anywhere), or is an *AnywhereError.
func ParseAddress(text string, anywhere bool) (Address, error) {
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		if path == "" || strings.ContainsRune(path, 0) {
			return Address{}, fmt.Errorf("%s names no path for a socket", cleantext.Quote(text))
		}
		return Address{"unix", path}, nil
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return Address{}, fmt.Errorf("%s is no address to listen at, such as %s or unix:/run/tootfill/socket", cleantext.Quote(text), DefaultAddress)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return Address{}, fmt.Errorf("%s names no port between 0 and 65535", cleantext.Quote(text))
	}
	if !anywhere && !isThisMachine(host) {
		return Address{}, &AnywhereError{Addr: cleantext.Line(text, 0)}
	}
	return Address{"tcp", text}, nil
}

// isThisMachine reports whether nobody else can connect to a host. What a name means is
// for others to say, but for the one that is reserved (RFC 6761, section 6.3).
func isThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// Listen begins to listen. A socket that an earlier process has left behind makes room
// if nobody listens on it any more.
func (a Address) Listen(ctx context.Context) (net.Listener, error) {
	if a.network == "unix" {
		return a.listenUnix(ctx)
	}
	l, err := new(net.ListenConfig).Listen(ctx, a.network, a.name)
	if err != nil {
		return nil, fmt.Errorf("listening at %s: %w", a, err)
	}
	return l, nil
}

func (a Address) listenUnix(ctx context.Context) (net.Listener, error) {
	if err := clearStale(ctx, a.name); err != nil {
		return nil, fmt.Errorf("listening at %s: %w", a, err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, a.network, a.name)
	if err != nil {
		return nil, fmt.Errorf("listening at %s: %w", a, err)
	}
	if err := os.Chmod(a.name, socketMode); err != nil {
		return nil, errors.Join(fmt.Errorf("letting the group use the socket: %w", err), l.Close())
	}
	return l, nil
}

// clearStale removes a socket on which nobody listens.
func clearStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSocket == 0:
		return errors.New("there is a file that is no socket")
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		_ = conn.Close() // nothing was sent
		return errors.New("another process listens there")
	case !errors.Is(err, syscall.ECONNREFUSED):
		return err
	}
	return os.Remove(path)
}
