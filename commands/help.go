package commands

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
)

const programExamples = `   tootfill --sandbox accounts backfill gallery@photos.example
   tootfill accounts backfill alice@photos.example
   tootfill lookup alice@photos.example
   tootfill queues --watch`

// printHelp prints the help of a command, or of the program.
func printHelp(w io.Writer, o order) error {
	var text strings.Builder
	if o.command == nil {
		writeProgramHelp(&text, o.app)
	} else {
		writeCommandHelp(&text, o.command)
	}
	columns := tabwriter.NewWriter(w, 1, 8, 2, ' ', 0)
	_, err := io.WriteString(columns, text.String())
	if err == nil {
		err = columns.Flush()
	}
	if err != nil {
		return fmt.Errorf("writing the help: %w", err)
	}
	return nil
}

// writeProgramHelp lists the commands that do something, without their groups.
func writeProgramHelp(b *strings.Builder, app *cli.App) {
	fmt.Fprintf(b, "%s - %s\n", app.HelpName, app.Usage)
	fmt.Fprintf(b, "\nUSAGE:\n   %s COMMAND [flags] [arguments]\n", app.HelpName)
	fmt.Fprint(b, "\nCOMMANDS:\n")
	for _, c := range app.Commands {
		if len(c.Subcommands) == 0 {
			writeCommands(b, c)
		} else {
			writeCommands(b, c.Subcommands...)
		}
	}
	fmt.Fprint(b, "\nFLAGS:\n")
	writeFlags(b, app.Flags)
	fmt.Fprintf(b, "\nEXAMPLES:\n%s\n\n%s", programExamples, exitText)
}

func writeCommandHelp(b *strings.Builder, c *cli.Command) {
	fmt.Fprintf(b, "%s - %s\n", c.HelpName, c.Usage)
	fmt.Fprintf(b, "\nUSAGE:\n   %s\n", strings.Join(usageOf(c), " "))
	if c.Description != "" {
		fmt.Fprintf(b, "\n%s\n", c.Description)
	}
	if len(c.Subcommands) > 0 {
		fmt.Fprint(b, "\nCOMMANDS:\n")
		writeCommands(b, c.Subcommands...)
	}
	for _, category := range c.VisibleFlagCategories() {
		name := category.Name()
		if name == "" {
			name = "FLAGS:"
		}
		fmt.Fprintf(b, "\n%s\n", name)
		for _, f := range category.Flags() {
			writeFlags(b, []cli.Flag{f})
		}
	}
	if c.UsageText != "" {
		fmt.Fprintf(b, "\nEXAMPLES:\n%s\n", c.UsageText)
	}
	fmt.Fprintf(b, "\n%s", exitText)
}

// usageOf is a command line of c, in words.
func usageOf(c *cli.Command) []string {
	if len(c.Subcommands) > 0 {
		return []string{c.HelpName, "COMMAND"}
	}
	words := []string{c.HelpName, "[flags]"}
	if c.ArgsUsage != "" {
		words = append(words, c.ArgsUsage)
	}
	return words
}

func writeCommands(b *strings.Builder, commands ...*cli.Command) {
	for _, c := range commands {
		fmt.Fprintf(b, "   %s\t%s\n", c.HelpName, c.Usage)
	}
}

func writeFlags(b *strings.Builder, flags []cli.Flag) {
	for _, f := range flags {
		fmt.Fprintf(b, "   %s\n", f)
	}
}
