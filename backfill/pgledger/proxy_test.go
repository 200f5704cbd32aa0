package pgledger

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between a process and its database. It can cut connections, and cut one
// just after the database has got a COMMIT.
type proxy struct {
	listener net.Listener
	to       string
	all      sync.WaitGroup

	mu sync.Mutex
	// open are both ends of the connections.
	open map[net.Conn]struct{}
	// commits says how many more COMMITs lose their answer.
	commits int
	closed  bool
}

// startProxy starts a proxy and returns the address of the database through it.
func startProxy(t *testing.T, database string) (p *proxy, address string) {
	t.Helper()
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{to: at.Host, open: make(map[net.Conn]struct{})}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	p.all.Go(p.accept)
	at.Host = p.listener.Addr().String()
	return p, at.String()
}

func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.listener.Close()
	p.cut()
	p.all.Wait()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil {
			client.Close()
			continue
		}
		if !p.add(client, server) {
			return
		}
		mute := new(atomic.Bool)
		p.all.Go(func() { p.carry(server, client, true, mute) })
		p.all.Go(func() { p.carry(client, server, false, mute) })
	}
}

func (p *proxy) add(ends ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range ends {
		if p.closed {
			c.Close()
			continue
		}
		p.open[c] = struct{}{}
	}
	return !p.closed
}

// cut ends all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		c.Close()
		delete(p.open, c)
	}
}

// loseAnswers has the next n COMMITs carried to the database and their answers lost.
func (p *proxy) loseAnswers(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commits = n
}

// losesAnswer says that what came is a COMMIT whose answer is to be lost.
func (p *proxy) losesAnswer(data []byte, toServer bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !toServer || p.commits == 0 || !bytes.Contains(bytes.ToLower(data), []byte("commit\x00")) {
		return false
	}
	p.commits--
	return true
}

// carry carries what comes from one end to the other. Once mute is set, the connection
// ends at the next answer of the database, which is lost.
func (p *proxy) carry(to, from net.Conn, toServer bool, mute *atomic.Bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil || !toServer && mute.Load() {
			return
		}
		if p.losesAnswer(buffer[:n], toServer) {
			mute.Store(true)
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
