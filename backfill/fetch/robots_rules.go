package fetch

import (
	"bufio"
	"bytes"
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// These bound the work that a robots.txt can cause.
const (
	maxRobotsRules = 1000
	maxRobotsPath  = 2000
)

// everybody is the user agent of the group for crawlers without one of their own.
const everybody = "*"

// robots are the rules that a host's robots.txt has for us, in order of precedence;
// nil allows everything.
type robots struct {
	// agent says for whom the rules are: robotsAgent or everybody.
	agent string
	rules []robotsRule
}

type robotsRule struct {
	// line is the rule as it is in robots.txt.
	line    string
	pattern robotsPattern
	allow   bool
}

// forEverybody reports whether the rules are those for all crawlers.
func (r *robots) forEverybody() bool { return r == nil || r.agent == everybody }

// forbids finds the rule for a URL: the longest that matches, and of two equally
// long ones the one that allows (RFC 9309, section 2.2.2). If it forbids, line is
// the rule as it is in robots.txt.
func (r *robots) forbids(u *url.URL) (line string, forbidden bool) {
	if r == nil || u.Path == "/robots.txt" {
		return "", false
	}
	path := octets(u.RequestURI(), "$*")
	for _, rule := range r.rules {
		if rule.pattern.matches(path) {
			return rule.line, !rule.allow
		}
	}
	return "", false
}

// parseRobots reads the rules for us from a robots.txt: those of all groups for
// tootfill or, if there are none, of the groups for everybody, in order of
// precedence.
//
// The parser is our own. The library that was tried (temoto/robotstxt) gives up
// on rules before the first group, loses a group whose only rule is an empty
// Disallow, takes a group for "too" as one for tootfill, lets patterns with
// wildcards match in the middle of a path, measures them by the length of a
// regular expression, and does not know that %7E is ~.
func parseRobots(body []byte) *robots {
	groups, agent := robotsGroups(body), robotsAgent
	if groups[agent] == nil {
		agent = everybody
	}
	g := groups[agent]
	if g == nil {
		return &robots{agent: agent}
	}
	slices.SortStableFunc(g.rules, func(a, b robotsRule) int {
		if c := cmp.Compare(len(b.pattern), len(a.pattern)); c != 0 || a.allow == b.allow {
			return c
		}
		if a.allow {
			return -1
		}
		return 1
	})
	return &robots{agent: agent, rules: g.rules}
}

// robotsGroup holds the rules of all groups for one agent.
type robotsGroup struct{ rules []robotsRule }

func (g *robotsGroup) add(l robotsLine) {
	if l.value == "" || len(l.value) > maxRobotsPath || len(g.rules) >= maxRobotsRules {
		return
	}
	allow := l.key == "allow"
	if pattern, ok := parsePattern(l.value, allow); ok {
		g.rules = append(g.rules, robotsRule{line: l.text(), pattern: pattern, allow: allow})
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
			if agent := strings.ToLower(line.value); agent == robotsAgent || agent == everybody {
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

// text is the line in its usual spelling.
func (l robotsLine) text() string { return strings.ToUpper(l.key[:1]) + l.key[1:] + ": " + l.value }

// robotsLines yields the lines of a robots.txt that have a key. A line may end
// with CR, LF or both (RFC 9309, section 2.2).
func robotsLines(body []byte) func(yield func(robotsLine) bool) {
	return func(yield func(robotsLine) bool) {
		text := bytes.ReplaceAll(bytes.TrimPrefix(body, []byte("\ufeff")), []byte("\r"), []byte("\n"))
		lines := bufio.NewScanner(bytes.NewReader(text))
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
