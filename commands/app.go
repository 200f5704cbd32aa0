package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/backfill/cleantext"
)

// newApp is the tree of commands. Help, versions, unknown words and the order
// of flags are dealt with by arrange, before the parser sees anything.
func newApp(env Env) *cli.App {
	app := &cli.App{
		Name:     "tootfill",
		HelpName: "tootfill",
		Usage:    "fill a Mastodon server with an account's older public posts",
		Flags:    programFlags(),
		Commands: []*cli.Command{
			{
				Name:        "accounts",
				Usage:       "work on accounts",
				Subcommands: []*cli.Command{newBackfillCommand(env)},
			},
			newLookupCommand(env),
			newQueuesCommand(env),
		},
		Writer:          env.Stdout,
		ErrWriter:       env.Stderr,
		HideHelp:        true,
		HideHelpCommand: true,
		HideVersion:     true,
		OnUsageError:    onUsageError,
		// The default handler exits in the middle of Run, past all defers.
		ExitErrHandler: func(*cli.Context, error) {},
		// A file name may contain a comma.
		DisableSliceFlagSeparator: true,
	}
	for _, c := range app.Commands {
		prepare(c)
	}
	app.Setup()
	for _, c := range app.Commands {
		nameSubcommands(c)
	}
	return app
}

// prepare sets what the library does not hand down from the app to its
// commands.
func prepare(c *cli.Command) {
	c.HideHelp = true
	c.HideHelpCommand = true
	c.OnUsageError = onUsageError
	c.Flags = append(c.Flags, sharedFlags()...)
	for _, sub := range c.Subcommands {
		prepare(sub)
	}
}

// nameSubcommands gives every command its full name; the library names only
// the first level before a command is run.
func nameSubcommands(c *cli.Command) {
	for _, sub := range c.Subcommands {
		sub.HelpName = c.HelpName + " " + sub.Name
		nameSubcommands(sub)
	}
}

// onUsageError puts the library's words on a bad value into ours:
// `invalid value "x" for flag -limit: parse error`.
func onUsageError(c *cli.Context, err error, _ bool) error {
	message := strings.Replace(err.Error(), " for flag -", " for --", 1)
	message = strings.TrimSuffix(message, ": parse error")
	return usagef("see "+c.Command.HelpName+" --help", "%s", cleantext.Line(message, errorWidth))
}

const programHelp = `{{.HelpName}} - {{.Usage}}

USAGE:
   {{.HelpName}} COMMAND [flags] [arguments]

COMMANDS:{{range .Commands}}{{if .Subcommands}}{{range .Subcommands}}
   {{.HelpName}}{{"\t"}}{{.Usage}}{{end}}{{else}}
   {{.HelpName}}{{"\t"}}{{.Usage}}{{end}}{{end}}

FLAGS:
{{range .Flags}}   {{.}}
{{end}}
EXAMPLES:
   tootfill --sandbox accounts backfill gallery@photos.example
   tootfill accounts backfill alice@photos.example
   tootfill lookup alice@photos.example
   tootfill queues --watch

` + exitText

const commandHelp = `{{.HelpName}} - {{.Usage}}

USAGE:
   {{.HelpName}} {{if .Subcommands}}COMMAND{{else}}[flags]{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}{{end}}
{{if .Description}}
{{.Description}}
{{end}}{{if .Subcommands}}
COMMANDS:{{range .Subcommands}}
   {{.HelpName}}{{"\t"}}{{.Usage}}{{end}}
{{end}}{{range .VisibleFlagCategories}}
{{if .Name}}{{.Name}}{{else}}FLAGS:{{end}}
{{range .Flags}}   {{.}}
{{end}}{{end}}{{if .UsageText}}
EXAMPLES:
{{.UsageText}}
{{end}}
` + exitText

// printHelp prints the help of a command, or of the program.
func printHelp(w io.Writer, o order) error {
	checked := &checkedWriter{Writer: w}
	if o.command == nil {
		cli.HelpPrinterCustom(checked, programHelp, o.app, nil)
	} else {
		cli.HelpPrinterCustom(checked, commandHelp, o.command, nil)
	}
	if checked.err != nil {
		return fmt.Errorf("writing the help: %w", checked.err)
	}
	return nil
}

// checkedWriter keeps the error that the help printer swallows.
type checkedWriter struct {
	io.Writer
	err error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}
