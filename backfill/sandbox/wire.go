package sandbox

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
)

// The addresses that the sandbox's servers see for the parties that come over
// in-memory wires.
var (
	clientAddress = netip.MustParseAddr("25.1.1.10")
	homeAddress   = netip.MustParseAddr("25.1.1.20")
	originAddress = netip.MustParseAddr("25.1.1.30")
)

// wire is a server's end of a connection. It can be cut from outside.
type wire struct {
	net.Conn
	remote net.Addr
	board  *switchboard
}

func (w *wire) RemoteAddr() net.Addr {
	if w.remote != nil {
		return w.remote
	}
	return w.Conn.RemoteAddr()
}

func (w *wire) Close() error {
	w.board.forget(w)
	return w.Conn.Close()
}

// cut ends the connection at once, over TCP with a reset.
func (w *wire) cut() {
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the peer sees an orderly end; no more is lost
	}
	_ = w.Conn.Close()
}

// switchboard knows the servers by name and the connections that lead to them.
type switchboard struct {
	mu    sync.Mutex
	hosts map[string]*Host
	away  map[string]bool
	wires map[*wire]string
	// over says that no connection leads anywhere any more.
	over bool
}

func newSwitchboard() *switchboard {
	return &switchboard{
		hosts: make(map[string]*Host),
		away:  make(map[string]bool),
		wires: make(map[*wire]string),
	}
}

func (b *switchboard) add(name string, h *Host) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hosts[name] = h
}

func (b *switchboard) host(name string) *Host {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hosts[name]
}

// isDown reports whether nothing listens under a name.
func (b *switchboard) isDown(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.away[name] || b.hosts[name] == nil
}

// admit notes which server a connection leads to, or cuts it.
func (b *switchboard) admit(conn net.Conn, name string) error {
	w, ok := conn.(*wire)
	if !ok {
		return errors.New("a connection that the sandbox did not accept")
	}
	b.mu.Lock()
	refused := b.away[name] || b.hosts[name] == nil
	if !refused {
		b.wires[w] = name
	}
	b.mu.Unlock()
	if refused {
		w.cut()
		return syscall.ECONNREFUSED
	}
	return nil
}

// remember notes a connection whose destination is not known yet.
func (b *switchboard) remember(w *wire) {
	b.mu.Lock()
	b.wires[w] = ""
	over := b.over
	b.mu.Unlock()
	if over {
		w.cut()
	}
}

func (b *switchboard) forget(w *wire) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.wires, w)
}

// setAway makes a server disappear, with all its connections, or come back.
func (b *switchboard) setAway(name string, away bool) {
	b.mu.Lock()
	b.away[name] = away
	b.mu.Unlock()
	if away {
		b.cut(func(to string) bool { return to == name })
	}
}

// cut ends the connections that lead to some servers.
func (b *switchboard) cut(which func(to string) bool) {
	b.mu.Lock()
	var doomed []*wire
	for w, to := range b.wires {
		if which(to) {
			doomed = append(doomed, w)
		}
	}
	b.mu.Unlock()
	for _, w := range doomed {
		w.cut()
	}
}

// cutAll ends all connections, those still to come included. An orderly end would
// take seconds if a client had stopped reading, and for ever under a clock that
// stands still.
func (b *switchboard) cutAll() {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	b.cut(func(string) bool { return true })
}

// track hands out the connections of l as wires.
func (b *switchboard) track(l net.Listener) net.Listener {
	return &trackedListener{Listener: l, board: b}
}

type trackedListener struct {
	net.Listener
	board *switchboard
}

func (l *trackedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: conn, board: l.board}
	if p, ok := conn.(*pipeEnd); ok {
		w.remote = p.from
	}
	l.board.remember(w)
	return w, nil
}

// pipeListener accepts connections that never touch a socket.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

type pipeEnd struct {
	net.Conn
	from net.Addr
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context, from netip.Addr) (net.Conn, error) {
	client, server := net.Pipe()
	end := &pipeEnd{Conn: server, from: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 50000))}
	var err error
	select {
	case l.conns <- end:
		return client, nil
	case <-l.done:
		err = os.NewSyscallError("connect", syscall.ECONNREFUSED)
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = client.Close() // a pipe's Close cannot fail
	_ = server.Close()
	return nil, err
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr {
	return &net.UnixAddr{Name: "sandbox", Net: "pipe"}
}

// dialInner returns a dialer over in-memory wires.
func (s *Sandbox) dialInner(from netip.Addr) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) { return s.inner.dial(ctx, from) }
}

func dialTCP(addr string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", addr)
	}
}
