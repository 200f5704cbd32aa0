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
// The library's own App.Run is not used: all that it would still do is this, and
// its help is made by text/template, which calls methods by names that are only
// known at run time. A program that it is linked into keeps every exported
// method of every type: 9 MB more, most of it of the Redis client.
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
	return o.command.Action(c)
}

// badValue puts the parser's words on a value into ours:
// `invalid value "x" for flag -limit: parse error`.
func (o order) badValue(err error) error {
	message := strings.Replace(err.Error(), " for flag -", " for --", 1)
	message = strings.TrimSuffix(message, ": parse error")
	return usagef("see "+o.command.HelpName+" --help", "%s", cleantext.Line(message, errorWidth))
}
