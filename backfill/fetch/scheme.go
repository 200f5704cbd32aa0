package fetch

import (
	"context"
	"fmt"
	"time"
)

const (
	// schemeMemory is how long it is remembered that a host wants RFC 9421. Hosts
	// that accept the draft need no memory: it is tried first.
	schemeMemory = 7 * 24 * time.Hour
	schemeFact   = "signature"
	rfc9421Name  = "rfc9421"
)

// settledScheme is the scheme that a host is known to want; unsigned if it is not
// known. recalled says that an earlier process has found it out.
func (c *Client) settledScheme(ctx context.Context, h *host) (s scheme, recalled bool, err error) {
	s, recalled, asked := c.hosts.schemeOf(h)
	if asked || s != unsigned || c.memory == nil {
		return s, recalled, nil
	}
	known, err := c.memory.Recall(ctx, h.name, schemeFact)
	if err != nil {
		return unsigned, false, fmt.Errorf("recalling the signatures that %s wants: %w", h.name, err)
	}
	if known == rfc9421Name {
		s = rfc9421
	}
	return s, c.hosts.recall(h, s), nil
}

// unsettle forgets a scheme that the host no longer accepts.
func (c *Client) unsettle(ctx context.Context, h *host) error {
	c.hosts.settle(h, unsigned)
	return c.rememberScheme(ctx, h, "", 0)
}

func (c *Client) rememberScheme(ctx context.Context, h *host, name string, d time.Duration) error {
	if c.memory == nil {
		return nil
	}
	if err := c.memory.Remember(ctx, h.name, schemeFact, name, c.clock.Now().Add(d)); err != nil {
		return fmt.Errorf("remembering the signatures that %s wants: %w", h.name, err)
	}
	return nil
}

// schemeOf also says whether the scheme was recalled, and whether memory has been
// asked.
func (hs *hosts) schemeOf(h *host) (s scheme, recalled, asked bool) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	return h.scheme, h.schemeRecalled, h.schemeAsked
}

// recall notes what memory says about a host. It reports whether that is something.
func (hs *hosts) recall(h *host, s scheme) bool {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h.scheme, h.schemeRecalled, h.schemeAsked = s, s != unsigned, true
	return h.schemeRecalled
}

// settle notes which scheme a host wants.
func (hs *hosts) settle(h *host, s scheme) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h.scheme, h.schemeRecalled, h.schemeAsked = s, false, true
}
