package commands_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"sync"

	"tootfill/backfill/sandbox"
)

// programNetwork is the sandbox's network as a program sees it. It knows which
// connections the program has open.
type programNetwork struct {
	*sandbox.Network

	mu    sync.Mutex
	conns map[string]bool // by the program's address
}

// newProgramNetwork returns the network that the environment names.
func newProgramNetwork() (*programNetwork, error) {
	ca, err := os.ReadFile(os.Getenv(caVariable))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", caVariable, err)
	}
	n, err := sandbox.Connect(os.Getenv(sandboxVariable), ca)
	if err != nil {
		return nil, err
	}
	return &programNetwork{Network: n, conns: make(map[string]bool)}, nil
}

// DialContext is that of the sandbox's network.
func (n *programNetwork) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := n.Network.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns[conn.LocalAddr().String()] = true
	return &programConn{conn, n}, nil
}

// open lists the open connections by the program's addresses.
func (n *programNetwork) open() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Collect(maps.Keys(n.conns))
}

type programConn struct {
	net.Conn
	network *programNetwork
}

func (c *programConn) Close() error {
	c.network.mu.Lock()
	delete(c.network.conns, c.LocalAddr().String())
	c.network.mu.Unlock()
	return c.Conn.Close()
}
