package manual

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

//go:embed welcome.md
var welcome string

// Welcome says what the program is, and which commands people need first, on a
// terminal of so many columns.
func (m Manual) Welcome(columns int) string { return text(welcome, columns) }

// Help is the help of the program on a terminal of so many columns.
func (m Manual) Help(columns int) string {
	var p page
	p.paragraph(plain(m.App.HelpName + " - " + m.App.Usage))
	p.heading("Usage")
	p.literal(m.App.HelpName + " COMMAND [flags] [arguments]")
	p.heading("Commands")
	p.commands(m.Leaves())
	p.heading("Topics")
	for _, t := range Topics {
		p.item(bold(m.App.HelpName+" help "+t.Name), plain(t.Usage))
	}
	p.flags(m.App.Flags)
	p.heading("Examples")
	p.literal(m.Examples)
	p.statuses(m.Statuses)
	return text(p.String(), columns)
}

// CommandHelp is the help of a command on a terminal of so many columns.
func (m Manual) CommandHelp(c *cli.Command, columns int) string {
	var p page
	p.paragraph(plain(c.HelpName + " - " + c.Usage))
	p.heading("Usage")
	p.literal(synopsis(c))
	if c.Description != "" {
		p.paragraph(c.Description)
	}
	p.rest(m, c)
	return text(p.String(), columns)
}

// rest is what the help of a command and its man page end with.
func (p *page) rest(m Manual, c *cli.Command) {
	if len(c.Subcommands) > 0 {
		p.heading("Commands")
		p.commands(leaves(c.Subcommands))
	}
	p.flags(c.Flags)
	if c.UsageText != "" {
		p.heading("Examples")
		p.literal(c.UsageText)
	}
	p.statuses(m.Statuses)
}

// synopsis is a command line of c, in words.
func synopsis(c *cli.Command) string {
	if len(c.Subcommands) > 0 {
		return c.HelpName + " COMMAND"
	}
	return strings.TrimSpace(c.HelpName + " [flags] " + c.ArgsUsage)
}

func (p *page) commands(commands []*cli.Command) {
	for _, c := range commands {
		p.item(bold(c.HelpName), plain(c.Usage))
	}
}

func (p *page) statuses(statuses []Status) {
	p.heading("Exit status")
	for _, s := range statuses {
		p.item(bold(strconv.Itoa(s.Code)), plain(s.Meaning))
	}
}
