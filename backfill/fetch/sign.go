package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Signer signs requests as a server whose key others can read. Both methods set
// headers and leave the rest of the request alone.
type Signer interface {
	// SignCavage signs according to draft-cavage-http-signatures-12.
	SignCavage(r *http.Request, now time.Time) error
	// SignRFC9421 signs according to RFC 9421.
	SignRFC9421(r *http.Request, now time.Time) error
}

// scheme is a kind of signature.
type scheme int

const (
	// unsigned is also the scheme of a host that has accepted none so far.
	unsigned scheme = iota
	cavage
	rfc9421
)

// sign signs a request for exactly its URL. Requests for WebFinger, host-meta,
// nodeinfo and robots.txt never come here: Mastodon does not sign them either
// (app/lib/webfinger.rb), and the answers are public.
func (c *Client) sign(r *http.Request, s scheme) error {
	var err error
	switch s {
	case cavage:
		err = c.signer.SignCavage(r, c.clock.Now())
	case rfc9421:
		err = c.signer.SignRFC9421(r, c.clock.Now())
	}
	if err != nil {
		return fmt.Errorf("sign the request: %w", err)
	}
	return nil
}

// askSigned first signs by the draft, which every server knows. On 400 or 401 it
// tries once more by RFC 9421, as Mastodon does (app/lib/request.rb since 4.7). It
// remembers which one a host accepted; a host that accepts neither is asked only
// once from then on.
func (c *Client) askSigned(ctx context.Context, h *host, t target, r rules) (answer, error) {
	settled, recalled, err := c.settledScheme(ctx, h)
	if err != nil {
		return answer{}, err
	}
	if settled != unsigned {
		a, err := c.askHost(ctx, h, t, r, settled)
		if !recalled || !isRejected(err) {
			return a, err
		}
		if err := c.unsettle(ctx, h); err != nil {
			return answer{}, err
		}
	}
	a, err := c.askHost(ctx, h, t, r, cavage)
	if !isRejected(err) {
		return a, err
	}
	second, secondErr := c.askHost(ctx, h, t, r, rfc9421)
	switch {
	case isRejected(secondErr):
		c.hosts.settle(h, cavage)
		return a, err
	case secondErr == nil:
		c.hosts.settle(h, rfc9421)
		if err := c.rememberScheme(ctx, h, rfc9421Name, schemeMemory); err != nil {
			return answer{}, err
		}
	}
	return second, secondErr
}

// isRejected reports whether a host did not accept a signature.
func isRejected(err error) bool {
	var answered *StatusError
	return errors.As(err, &answered) && !answered.Wall &&
		(answered.Status == http.StatusBadRequest || answered.Status == http.StatusUnauthorized)
}
