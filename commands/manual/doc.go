// Package manual writes what the program says of itself: its help, its man pages and
// its completion for shells. All of it follows from the tree of commands and from the
// topics in this folder, which are written in Markdown.
package manual

import "github.com/urfave/cli/v2"

// Manual is about one program.
type Manual struct {
	App *cli.App
	// Examples are command lines, one a line.
	Examples string
	Statuses []Status
}

// Status is an exit status of the program, and what it means.
type Status struct {
	Code    int
	Meaning string
}

// Leaves are the commands that do something, without their groups, in the order in
// which they were declared.
func (m Manual) Leaves() []*cli.Command { return leaves(m.App.Commands) }

func leaves(commands []*cli.Command) []*cli.Command {
	var found []*cli.Command
	for _, c := range commands {
		switch {
		case c.Hidden:
		case len(c.Subcommands) > 0:
			found = append(found, leaves(c.Subcommands)...)
		default:
			found = append(found, c)
		}
	}
	return found
}
