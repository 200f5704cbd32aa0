package commands

import (
	"context"
	"flag"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/backfill/cleantext"
)

// invoke reads the flags of a command line and runs its command.
//
// The library's App.Run is not used. It would do no more than this, and its help
// uses text/template, which calls methods by names known only at run time. The
// linker then has to keep every exported method of every type: 9 MB more, most of it
// from the Redis client.
func (o order) invoke(ctx context.Context) error {
	flags := flag.NewFlagSet(o.command.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for _, f := range o.command.Flags {
		if err := f.Apply(flags); err != nil {
			return err
		}
	}
	if err := flags.Parse(o.args); err != nil {
		return o.badValue(err)
	}
	c := cli.NewContext(o.app, flags, nil)
	c.Context, c.Command = ctx, o.command
	if err := checkLogFormat(c.String(logFormatFlag)); err != nil {
		return err // also of commands that read no settings
	}
	return o.command.Action(c)
}

// badValue rewords the parser's complaint about a value: `invalid value "x" for flag
// -limit: parse error`.
func (o order) badValue(err error) error {
	message := strings.Replace(err.Error(), " for flag -", " for --", 1)
	message = strings.TrimSuffix(message, ": parse error")
	return usagef("see "+o.command.HelpName+" --help", "%s", cleantext.Line(message, errorWidth))
}
