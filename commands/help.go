package commands

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"tootfill/commands/manual"
)

const programExamples = `tootfill --sandbox accounts backfill gallery@photos.example
tootfill accounts backfill alice@photos.example
tootfill lookup alice@photos.example
tootfill queues --watch`

func manualOf(app *cli.App) manual.Manual {
	return manual.Manual{App: app, Examples: programExamples, Statuses: exitMeanings}
}

// printHelp prints the help of a command or a topic, or of the program.
func printHelp(env Env, o order) error {
	m, columns := manualOf(o.app), env.streams(false).StdoutColumns()
	text := m.Help(columns)
	switch {
	case o.topic != nil:
		text = m.Topic(*o.topic, columns)
	case o.command != nil:
		text = m.CommandHelp(o.command, columns)
	}
	return printText(env.Stdout, "the help", text)
}

func printText(w io.Writer, what, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	return nil
}
