package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/backfill/cleantext"
	"tootfill/commands/manual"
)

const manHelp = `Writes a page of the manual to standard output, in roff: that of the program, or of
the command or topic that is named. *\-\-to* writes all pages as files, where man looks
for them: into the folders man1 and man7 in DIR.`

const manExamples = `tootfill man | man -l -
tootfill man accounts backfill | man -l -
tootfill man --to ~/.local/share/man`

// newManCommand is `tootfill man`.
func newManCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "man",
		Usage:       "write the pages of the manual",
		ArgsUsage:   "[COMMAND|TOPIC]",
		Description: manHelp,
		UsageText:   manExamples,
		Flags:       []cli.Flag{&cli.StringFlag{Name: "to", Usage: "write all pages into the folders man1 and man7 in `DIR`"}},
		Action: func(c *cli.Context) error {
			pages := manualOf(c.App).ManPages(builtNow().edition())
			switch dir := c.String("to"); {
			case dir != "" && c.Args().Present():
				return usagef("it writes all pages", "use --to or the name of a page, not both")
			case dir != "":
				return writePages(dir, pages)
			case c.IsSet("to"):
				return usagef("", "--to must not be empty")
			}
			page, err := pageNamed(c.App.Name, c.Args().Slice(), pages)
			if err != nil {
				return err
			}
			return printText(env.Stdout, "the manual", string(page.Roff))
		},
	}
}

// pageNamed finds the page of a command or topic by its words.
func pageNamed(program string, words []string, pages []manual.ManPage) (manual.ManPage, error) {
	name := strings.Join(append([]string{program}, words...), "-")
	for _, p := range pages {
		if strings.TrimSuffix(p.Name, filepath.Ext(p.Name)) == name {
			return p, nil
		}
	}
	return manual.ManPage{}, usagef("see "+program+" --help", "the manual has no page %q", cleantext.Line(strings.Join(words, " "), wordWidth))
}

// writePages writes pages as files, each into the folder of its section.
func writePages(dir string, pages []manual.ManPage) error {
	for _, p := range pages {
		section := filepath.Join(dir, fmt.Sprintf("man%d", p.Section))
		if err := os.MkdirAll(section, 0o755); err != nil {
			return fmt.Errorf("writing the manual: %w", err)
		}
		if err := os.WriteFile(filepath.Join(section, p.Name), p.Roff, 0o644); err != nil {
			return fmt.Errorf("writing the manual: %w", err)
		}
	}
	return nil
}
