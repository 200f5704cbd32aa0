package commands

import (
	"github.com/urfave/cli/v2"

	"tootfill/commands/report"
)

const configShowHelp = `Shows each setting with its value and the place that the value comes from: a flag, a
variable of the environment, a line of the config file, or the default. Secrets are
hidden. Whatever is wrong with a setting is reported; the others are shown all the
same.`

const configShowExamples = `tootfill config show
tootfill config show --config /etc/tootfill/config.toml --json`

// newConfigShowCommand is `tootfill config show`.
func newConfigShowCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "show",
		Usage:       "show each setting and the place that it comes from",
		Description: configShowHelp,
		UsageText:   configShowExamples,
		Flags:       rateFlags(),
		Action: func(c *cli.Context) error {
			o, err := readConfigOptions(c)
			if err != nil {
				return err
			}
			return runConfigShow(env, o)
		},
	}
}

func runConfigShow(env Env, o sharedOptions) error {
	s, wrong := readAllSettings(o.Flags, env.Getenv)
	var shown []report.Setting
	for _, v := range s.Values() {
		shown = append(shown, report.Setting{Key: v.Key, Value: v.Text, From: v.From})
	}
	if err := env.streams(o.NoColor).WriteSettings(shown, o.JSON); err != nil {
		return err
	}
	if len(wrong) == 0 {
		return nil
	}
	for _, err := range wrong {
		env.tell(o.JSON, exitUsage, err)
	}
	return &toldError{exitUsage}
}
