package fetch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
)

const (
	// robotsAgent is the product token by which robots.txt can address us.
	robotsAgent = "tootfill"
	// robotsAge is how long a robots.txt is believed (RFC 9309, section 2.4).
	robotsAge = 24 * time.Hour
)

// checkRobots asks the host's robots.txt, which is read once a day, whether t
// may be read.
func (c *Client) checkRobots(ctx context.Context, t target) error {
	h := c.hosts.take(t.host)
	defer c.hosts.giveBack(h)
	select {
	case h.robotsTurn <- struct{}{}:
		defer func() { <-h.robotsTurn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if now := c.clock.Now(); !now.Before(h.robotsUntil) || h.robotsUntil.Sub(now) > robotsAge {
		rules, err := c.readRobots(ctx, t)
		if err != nil {
			return err
		}
		h.robots, h.robotsUntil = rules, now.Add(robotsAge)
	}
	if !h.robots.allows(t.url) {
		return t.fail(backfill.Forbidden, fmt.Errorf("robots.txt forbids to read %s", shorten(t.url.EscapedPath())))
	}
	return nil
}

// readRobots reads a robots.txt. A host that can not give it because of an
// error of its own must not be read at all; any other answer than a document
// means that everything is allowed (RFC 9309, section 2.3.1).
func (c *Client) readRobots(ctx context.Context, t target) (*robots, error) {
	anywhere := func(context.Context, target) error { return nil }
	d, err := c.follow(ctx, Request{URL: "https://" + t.host + "/robots.txt", Kind: robotsTxt, Port: t.port}, anywhere)
	var refused *backfill.OriginError
	var blocked *blockedError
	switch {
	case err == nil:
		rules, err := parseRobots(d.Body)
		if err != nil {
			return nil, t.fail(backfill.Malformed, err)
		}
		return rules, nil
	case !errors.As(err, &refused):
		return nil, err
	case refused.Host == t.host && (refused.Cause == backfill.Unreachable || errors.As(err, &blocked)):
		return nil, err // the document itself would fare no better
	case refused.Cause == backfill.ServerError, refused.Cause == backfill.Unreachable:
		return nil, t.fail(refused.Cause, fmt.Errorf("read robots.txt: %w", err))
	}
	return nil, nil
}
