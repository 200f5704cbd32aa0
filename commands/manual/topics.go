package manual

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

// Topic is a subject that concerns several commands.
type Topic struct{ Name, Usage string }

// Topics are those that `help` explains.
var Topics = []Topic{
	{"backfills", "what is imported, what it costs, and what happens when something goes wrong"},
	{"routes", "the three ways to fill the home server"},
	{"limits", "how fast, and how often"},
	{"environment", "the variables that tootfill reads"},
	{"monitoring", "metrics, pings and the log, for those who watch over runs"},
	{"json", "the output for programs"},
	{"troubleshooting", "what the messages mean, and what to do"},
	{"exit-status", "how the program ends"},
}

//go:embed topics/*.md
var topicFiles embed.FS

// Topic is the help on a topic on a terminal of so many columns.
func (m Manual) Topic(t Topic, columns int) string {
	var p page
	p.paragraph(plain(m.App.HelpName + " help " + t.Name + " - " + t.Usage))
	p.topic(m, t)
	return text(p.String(), columns)
}

// topic writes what there is to say about a topic.
func (p *page) topic(m Manual, t Topic) {
	if t.Name == "exit-status" {
		for _, s := range m.Statuses {
			p.item(bold(strconv.Itoa(s.Code)), plain(s.Meaning))
		}
	}
	for line := range strings.Lines(t.text()) {
		if title, found := strings.CutPrefix(line, "# "); found {
			p.heading(strings.TrimSpace(title))
		} else {
			p.WriteString(line)
		}
	}
	p.WriteString("\n")
}

func (t Topic) text() string {
	data, err := topicFiles.ReadFile("topics/" + t.Name + ".md")
	if err != nil {
		// The files are part of the program, and a test reads each.
		return fmt.Sprintf("The text is missing: %v.", err)
	}
	return string(data)
}
