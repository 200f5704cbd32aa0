package manual

import (
	"fmt"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/urfave/cli/v2"
)

// The sections of the manual: for commands, and for what is not one.
const (
	commandSection = 1
	topicSection   = 7
)

// ManPage is a page of the manual, in roff.
type ManPage struct {
	// Name is that of the file: tootfill-lookup.1.
	Name    string
	Section int
	Roff    []byte
}

// Edition is which program the pages are about. The same program writes the same bytes
// whenever it is asked.
type Edition struct {
	Version string
	// Date is that of the program, such as 2026-11-28.
	Date string
}

// ManPages are the pages about the program, its commands and its topics.
func (m Manual) ManPages(e Edition) []ManPage {
	pages := []ManPage{m.programPage(e)}
	for _, c := range m.Leaves() {
		pages = append(pages, m.commandPage(c, e))
	}
	for _, t := range Topics {
		pages = append(pages, m.topicPage(t, e))
	}
	return pages
}

func (m Manual) programPage(e Edition) ManPage {
	var p page
	p.title(m.App.Name, commandSection, e)
	p.name(m.App.Name, m.App.Usage)
	p.heading("Synopsis")
	p.paragraph(bold(m.App.HelpName) + " *COMMAND* [*flags*] [*arguments*]")
	p.heading("Description")
	p.paragraph("With no command, tootfill says what it is. Each command and each topic has a page of its own.")
	p.heading("Commands")
	for _, c := range m.Leaves() {
		p.item(bold(reference(c.HelpName, commandSection)), plain(c.Usage))
	}
	p.heading("Topics")
	for _, t := range Topics {
		p.item(bold(reference(m.App.Name+" "+t.Name, topicSection)), plain(t.Usage))
	}
	p.flags(m.App.Flags)
	p.heading("Examples")
	p.literal(m.Examples)
	p.statuses(m.Statuses)
	return p.roff(m.App.Name, commandSection)
}

func (m Manual) commandPage(c *cli.Command, e Edition) ManPage {
	var p page
	p.title(c.HelpName, commandSection, e)
	p.name(c.HelpName, c.Usage)
	p.heading("Synopsis")
	p.paragraph(bold(c.HelpName) + " [*flags*] " + plain(c.ArgsUsage))
	if c.Description != "" {
		p.heading("Description")
		p.paragraph(c.Description)
	}
	p.rest(m, c)
	p.seeAlso(m)
	return p.roff(c.HelpName, commandSection)
}

func (m Manual) topicPage(t Topic, e Edition) ManPage {
	name := m.App.Name + " " + t.Name
	var p page
	p.title(name, topicSection, e)
	p.name(name, t.Usage)
	p.heading("Description")
	p.topic(m, t)
	p.seeAlso(m)
	return p.roff(name, topicSection)
}

// title writes the line by which a page names itself.
func (p *page) title(name string, section int, e Edition) {
	fmt.Fprintf(p, "%% %q \"%d\" %q %q \"tootfill's manual\"\n\n", strings.ToUpper(dashed(name)), section, e.Date, strings.TrimSpace("tootfill "+e.Version))
}

// name writes the section that apropos reads.
func (p *page) name(name, usage string) {
	p.heading("Name")
	p.paragraph(dashed(name) + " - " + plain(usage))
}

func (p *page) seeAlso(m Manual) {
	pages := []string{bold(reference(m.App.Name, commandSection))}
	for _, t := range Topics {
		pages = append(pages, bold(reference(m.App.Name+" "+t.Name, topicSection)))
	}
	p.heading("See also")
	p.paragraph(strings.Join(pages, ", "))
}

func (p *page) roff(name string, section int) ManPage {
	return ManPage{Name: fmt.Sprintf("%s.%d", dashed(name), section), Section: section, Roff: md2man.Render([]byte(p.String()))}
}

// dashed is the name of a command as that of a page: tootfill-accounts-backfill.
func dashed(name string) string { return strings.ReplaceAll(name, " ", "-") }

func reference(name string, section int) string { return fmt.Sprintf("%s(%d)", dashed(name), section) }
