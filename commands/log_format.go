package commands

import (
	"slices"
	"strings"

	"tootfill/backfill/cleantext"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const logFormatFlag = "log-format"

// withLog makes a log of standard error if the command line, the environment or the config
// file wants that.
func (env Env) withLog() Env {
	o := settings.Flags{
		LogFormat: flagValue(env.Args, logFormatFlag), Config: flagValue(env.Args, configFlag), Sandbox: isGiven(env.Args, sandboxFlag),
	}
	if settings.LogsJSON(o, env.Getenv) {
		env.Stderr = report.NewLog(env.Stderr, env.Clock)
	}
	return env
}

// logs reports whether standard error is a log for programs.
func (env Env) logs() bool {
	_, logs := env.Stderr.(*report.Log)
	return logs
}

// flagValue is the value of a long flag on a command line, of which the rest may be wrong;
// empty if it is not there. The last one counts.
func flagValue(args []string, name string) (value string) {
	for i, word := range args {
		switch {
		case word == "--":
			return value
		case word == "--"+name && i+1 < len(args):
			value = args[i+1]
		case strings.HasPrefix(word, "--"+name+"="):
			value = strings.TrimPrefix(word, "--"+name+"=")
		}
	}
	return value
}

// checkLogFormat refuses a format that there is not.
func checkLogFormat(format string) error {
	if format == "" || slices.Contains(settings.LogFormats, format) {
		return nil
	}
	return usagef("the formats are "+strings.Join(settings.LogFormats, " and "), "--%s: %q is not a format", logFormatFlag, cleantext.Line(format, wordWidth))
}
