package commands

import (
	"github.com/urfave/cli/v2"

	"tootfill/backfill/cleantext"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const configInitHelp = `Writes a config file that explains every key to the place where tootfill looks for
it: \-\-config, TOOTFILL_CONFIG, or $XDG_CONFIG_HOME/tootfill/config.toml (which is
~/.config/tootfill/config.toml). With - it prints the text instead. It never writes
over a file.`

const configInitExamples = `tootfill config init --server home.example
tootfill config init --config /etc/tootfill/config.toml
tootfill config init -`

// newConfigInitCommand is `tootfill config init`.
func newConfigInitCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "init",
		Usage:       "write a config file that explains every key",
		ArgsUsage:   "[-]",
		Description: configInitHelp,
		UsageText:   configInitExamples,
		Action: func(c *cli.Context) error {
			o, err := readSharedOptions(c)
			if err != nil {
				return err
			}
			arguments := c.Args().Slice()
			printed := len(arguments) == 1 && arguments[0] == "-"
			switch {
			case len(arguments) > 0 && !printed:
				return usagef("name the file with --config", "config init takes only -, which prints the text: %q", cleantext.Line(arguments[0], wordWidth))
			case printed && o.JSON:
				return usagef("", "use --json or -, not both")
			case o.Sandbox:
				return usagef("the sandbox needs no settings", "use --sandbox or config init, not both")
			}
			return runConfigInit(env, o, printed)
		},
	}
}

func runConfigInit(env Env, o sharedOptions, printed bool) error {
	if err := checkServerName(o.Server); err != nil {
		return err
	}
	text := settings.Example(o.Server)
	if printed {
		return printText(env.Stdout, "the settings", text)
	}
	path, err := settings.ConfigPath(o.Flags, env.Getenv)
	if err != nil {
		return err
	}
	if err := settings.Create(path, text); err != nil {
		return err
	}
	if o.Quiet {
		return nil
	}
	return env.streams(o.NoColor).WriteNewConfig(report.NewConfig{
		Path: path, Server: o.Server, Flags: env.flagsGiven([]string{configFlag}, ""),
	}, o.JSON)
}
