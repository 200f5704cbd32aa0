package commands

import (
	"tootfill/commands/report"
	"tootfill/commands/shell"
)

// dueCommand is the command line that does what is left. It keeps the flags that say
// where, since the next run must find the same ledger. It is empty in a sandbox in a
// temporary folder, where nothing outlasts the run.
func dueCommand(o sharedOptions) string {
	if o.Sandbox && o.State == "" {
		return ""
	}
	words := []string{"tootfill"}
	if o.Sandbox {
		words = append(words, "--"+sandboxFlag)
	}
	for _, f := range []struct{ name, value string }{
		{configFlag, o.Config}, {stateFlag, o.State}, {serverFlag, o.Server}, {envFileFlag, o.EnvFile},
	} {
		if f.value != "" {
			words = append(words, "--"+f.name, f.value)
		}
	}
	return shell.Line(append(words, "accounts", "backfill", "--due"))
}

// dueAdvice recommends that command.
func dueAdvice(o sharedOptions) string {
	if command := dueCommand(o); command != "" {
		return "`" + report.CommandText(command) + "` resumes them later"
	}
	return ""
}
