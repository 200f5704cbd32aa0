package service

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// connections bounds how many connections are open. If one too many comes, the one goes
// that has done nothing for the longest time: one who opens thousands pushes out his
// own.
type connections struct {
	most int

	mu   sync.Mutex
	all  map[net.Conn]*list.Element
	idle list.List // those that ask for nothing, the longest idle first
	busy list.List
}

func newConnections(most int) *connections {
	return &connections{most: most, all: make(map[net.Conn]*list.Element)}
}

type connectionKey struct{}

// add is a connection that was accepted.
func (c *connections) add(ctx context.Context, conn net.Conn) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all[conn] = c.idle.PushBack(conn)
	if len(c.all) > c.most {
		// the new one is idle, so there is one
		c.end(c.idle.Front())
	}
	return context.WithValue(ctx, connectionKey{}, conn)
}

// end closes a connection. Whoever reads from it is told so, and an error in closing it
// changes nothing.
func (c *connections) end(element *list.Element) {
	conn := element.Value.(net.Conn)
	_ = conn.Close()
	c.drop(conn)
}

func (c *connections) changed(conn net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.drop(conn)
	}
}

func (c *connections) drop(conn net.Conn) {
	if element, ok := c.all[conn]; ok {
		c.idle.Remove(element)
		c.busy.Remove(element)
		delete(c.all, conn)
	}
}

// watch marks connections as busy while h answers them.
func (c *connections) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _ := r.Context().Value(connectionKey{}).(net.Conn)
		c.move(conn, &c.busy)
		defer c.move(conn, &c.idle)
		h.ServeHTTP(w, r)
	})
}

// move puts a connection at the end of a list.
func (c *connections) move(conn net.Conn, to *list.List) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.all[conn]; ok {
		c.drop(conn)
		c.all[conn] = to.PushBack(conn)
	}
}
