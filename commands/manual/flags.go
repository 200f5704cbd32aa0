package manual

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// flagGroup are flags that serve one purpose.
type flagGroup struct {
	name  string
	flags []cli.DocGenerationFlag
}

// flagGroups are the visible flags by their categories, in the order in which they
// were declared.
func flagGroups(flags []cli.Flag) []*flagGroup {
	var groups []*flagGroup
	byName := map[string]*flagGroup{}
	for _, f := range flags {
		doc, documented := f.(cli.DocGenerationFlag)
		if visible, ok := f.(cli.VisibleFlag); !documented || ok && !visible.IsVisible() {
			continue
		}
		name := "Flags"
		if c, ok := f.(cli.CategorizableFlag); ok && c.GetCategory() != "" {
			name = c.GetCategory()
		}
		g := byName[name]
		if g == nil {
			g = &flagGroup{name: name}
			byName[name] = g
			groups = append(groups, g)
		}
		g.flags = append(g.flags, doc)
	}
	return groups
}

// flags writes the flags of a command, each group under its name.
func (p *page) flags(flags []cli.Flag) {
	for _, g := range flagGroups(flags) {
		p.heading(g.name)
		for _, f := range g.flags {
			placeholder, usage := placeholderOf(f.GetUsage())
			p.item(written(f, placeholder), plain(usage+remark(f)))
		}
	}
}

// written is how a flag is written, with its value: **--limit** *N*.
func written(f cli.DocGenerationFlag, placeholder string) string {
	forms := make([]string, 0, 2)
	for _, name := range f.Names() {
		dashes := "--"
		if len(name) == 1 {
			dashes = "-"
		}
		form := bold(dashes + name)
		if f.TakesValue() {
			form += " *" + plain(placeholder) + "*"
		}
		forms = append(forms, form)
	}
	return strings.Join(forms, ", ")
}

// placeholderOf takes the name of a flag's value out of its usage, where it stands in
// backquotes.
func placeholderOf(usage string) (placeholder, text string) {
	before, rest, found := strings.Cut(usage, "`")
	name, after, closed := strings.Cut(rest, "`")
	if !found || !closed {
		return "VALUE", usage
	}
	return name, before + name + after
}

// remark is what follows from the kind of a flag: its default, and that it can be
// repeated.
func remark(f cli.DocGenerationFlag) string {
	var text string
	if s, ok := f.(cli.DocGenerationSliceFlag); ok && s.IsSliceFlag() {
		text += " (may be repeated)"
	}
	if value := strings.Trim(f.GetDefaultText(), `"`); f.TakesValue() && value != "" {
		text += " (default: " + value + ")"
	}
	return text
}
