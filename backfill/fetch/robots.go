package fetch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

const (
	// robotsAgent is the product token with which robots.txt can address us.
	robotsAgent = "tootfill"
	// robotsAge is how long a robots.txt is valid (RFC 9309, section 2.4).
	robotsAge = 24 * time.Hour
)

// permit returns the check of addresses against robots.txt, for documents that
// crawlers read or for others.
func (c *Client) permit(crawled bool) func(context.Context, target) error {
	return func(ctx context.Context, t target) error { return c.checkRobots(ctx, t, crawled) }
}

// checkRobots asks the host's robots.txt, which is read once a day, whether t
// may be read. Its rules for everybody are meant for search engines and the like:
// GoToSocial shuts everybody out of /users/ and /.well-known/webfinger
// (internal/api/util/robots.go), and snac out of everything, although both serve
// other servers there. So these rules apply to what crawlers read, and to
// everything only in the strict reading. A group for tootfill applies to every
// request.
func (c *Client) checkRobots(ctx context.Context, t target, crawled bool) error {
	h := c.hosts.borrow(t.host)
	defer c.hosts.giveBack(h)
	select {
	case h.robotsTurn <- struct{}{}:
		defer func() { <-h.robotsTurn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if now := c.clock.Now(); !now.Before(h.robotsUntil) || h.robotsUntil.Sub(now) > robotsAge {
		rules, until, err := c.recallRobots(ctx, t)
		if err != nil {
			return err
		}
		h.robots, h.robotsUntil = rules, until
	}
	if h.robots.forEverybody() && !crawled && !c.strictRobots {
		return nil
	}
	if line, forbidden := h.robots.forbids(t.url); forbidden {
		return t.fail(backfill.Robots, &backfill.RobotsError{
			Agent: h.robots.agent, Rule: cleantext.Shorten(line), Path: cleantext.Shorten(t.url.EscapedPath()), Strict: c.strictRobots,
		})
	}
	return nil
}

// Memory keeps facts about servers under a name, each until a time. A fact that is
// missing, or no longer valid, is "".
type Memory interface {
	Recall(ctx context.Context, server, name string) (string, error)
	Remember(ctx context.Context, server, name, value string, until time.Time) error
}

const (
	robotsFact = "robots.txt"
	// mostRemembered is the longest robots.txt that is kept between processes;
	// a longer one is read by each of them.
	mostRemembered = 64 << 10
)

// recallRobots takes a robots.txt from memory, or reads it and stores it there.
// In memory, its first line is the time at which it expires; an empty robots.txt
// allows everything.
func (c *Client) recallRobots(ctx context.Context, t target) (*robots, time.Time, error) {
	now := c.clock.Now()
	until := now.Add(robotsAge)
	if c.memory != nil {
		known, err := c.memory.Recall(ctx, t.host, robotsFact)
		if err != nil {
			return nil, until, fmt.Errorf("recalling the robots.txt of %s: %w", t.host, err)
		}
		first, text, found := strings.Cut(known, "\n")
		if end, err := time.Parse(time.RFC3339, first); found && err == nil && now.Before(end) && end.Sub(now) <= robotsAge {
			return parseRobots([]byte(text)), end, nil
		}
	}
	rules, text, err := c.readRobots(ctx, t)
	if err != nil || c.memory == nil || len(text) > mostRemembered {
		return rules, until, err
	}
	value := until.UTC().Format(time.RFC3339) + "\n" + strings.ToValidUTF8(string(text), "\uFFFD")
	if err := c.memory.Remember(ctx, t.host, robotsFact, value, until); err != nil {
		return nil, until, fmt.Errorf("remembering the robots.txt of %s: %w", t.host, err)
	}
	return rules, until, nil
}

// readRobots reads a robots.txt. If a host cannot send it because of an error of
// its own, nothing may be read from the host; any other answer than a document
// means that everything is allowed (RFC 9309, section 2.3.1).
func (c *Client) readRobots(ctx context.Context, t target) (*robots, []byte, error) {
	anywhere := func(context.Context, target) error { return nil }
	r, err := rulesOf(robotsTxt)
	if err != nil {
		return nil, nil, err
	}
	d, err := c.followBy(ctx, Request{URL: "https://" + t.host + "/robots.txt", Port: t.port}, r, anywhere)
	var refused *backfill.OriginError
	var blocked *blockedError
	switch {
	case err == nil:
		return parseRobots(d.Body), d.Body, nil
	case !errors.As(err, &refused):
		return nil, nil, err
	case refused.Host == t.host && (refused.Cause == backfill.Unreachable || errors.As(err, &blocked)):
		return nil, nil, err // the document itself would fare no better
	case refused.Cause == backfill.ServerError, refused.Cause == backfill.Unreachable:
		return nil, nil, t.fail(refused.Cause, fmt.Errorf("read robots.txt: %w", err))
	}
	return nil, nil, nil
}
