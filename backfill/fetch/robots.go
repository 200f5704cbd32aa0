package fetch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/temoto/robotstxt"

	"tootfill/backfill"
)

const (
	// robotsAgent is the product token by which robots.txt can address us.
	robotsAgent = "tootfill"
	// robotsAge is how long a robots.txt is believed (RFC 9309, section 2.4).
	robotsAge = 24 * time.Hour
	// These bound the work that a robots.txt can make.
	maxRobotsRules = 1000
	maxRobotsPath  = 2000
)

// robots are the rules that a host's robots.txt has for us; nil allows all.
type robots struct {
	group *robotstxt.Group
}

func (r *robots) allows(u *url.URL) bool {
	return r == nil || u.Path == "/robots.txt" || r.group.Test(u.RequestURI())
}

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

// parseRobots reads the rules for us out of a robots.txt.
func parseRobots(body []byte) (*robots, error) {
	data, err := robotstxt.FromBytes(ourRules(body))
	if err != nil {
		return nil, fmt.Errorf("parse robots.txt: %w", err)
	}
	return &robots{group: data.FindGroup(robotsAgent)}, nil
}

// ourRules writes down the rules of a robots.txt that are for us, in a form
// which the library reads as RFC 9309 wants it. Left to itself it gives up on
// rules that stand before any group, loses a group whose only rule is an empty
// Disallow (which allows all), takes a group for "too" to be meant for
// tootfill, and lets the first of two equal rules win, not the one that allows.
func ourRules(body []byte) []byte {
	groups := robotsGroups(body)
	g := groups[robotsAgent]
	if g == nil {
		g = groups["*"]
	}
	if g == nil {
		return nil
	}
	var text strings.Builder
	text.WriteString("User-agent: *\nAllow: /robots.txt\n")
	for _, path := range g.allow {
		text.WriteString("Allow: " + path + "\n")
	}
	for _, path := range g.disallow {
		text.WriteString("Disallow: " + path + "\n")
	}
	return []byte(text.String())
}

// robotsGroup holds the paths of all groups that are for the same agent.
type robotsGroup struct{ allow, disallow []string }

func (g *robotsGroup) add(l robotsLine) {
	switch {
	case l.value == "" || len(l.value) > maxRobotsPath || !utf8.ValidString(l.value):
	case len(g.allow)+len(g.disallow) >= maxRobotsRules:
	case l.key == "allow":
		g.allow = append(g.allow, l.value)
	default:
		g.disallow = append(g.disallow, l.value)
	}
}

// robotsGroups reads the groups for tootfill and for all agents.
func robotsGroups(body []byte) map[string]*robotsGroup {
	groups := map[string]*robotsGroup{}
	var agents []string
	naming := false
	for line := range robotsLines(body) {
		switch line.key {
		case "user-agent":
			if !naming {
				agents, naming = nil, true
			}
			if agent := strings.ToLower(line.value); agent == robotsAgent || agent == "*" {
				agents = append(agents, agent)
				if groups[agent] == nil {
					groups[agent] = &robotsGroup{}
				}
			}
		case "allow", "disallow":
			naming = false
			for _, agent := range agents {
				groups[agent].add(line)
			}
		}
	}
	return groups
}

type robotsLine struct{ key, value string }

// robotsLines gives the lines of a robots.txt that have a key.
func robotsLines(body []byte) func(yield func(robotsLine) bool) {
	return func(yield func(robotsLine) bool) {
		lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
		lines.Buffer(nil, len(body)+1)
		for lines.Scan() {
			text, _, _ := strings.Cut(lines.Text(), "#")
			key, value, found := strings.Cut(text, ":")
			l := robotsLine{key: strings.ToLower(strings.TrimSpace(key)), value: strings.TrimSpace(value)}
			if found && !yield(l) {
				return
			}
		}
	}
}
