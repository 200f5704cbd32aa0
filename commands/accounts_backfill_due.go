package commands

import (
	"tootfill/commands/report"
	"tootfill/commands/shell"
)

// dueCommand is the command that takes up what is left, with those flags of this
// one which say where: the next run has to meet the same ledger. It is empty
// where nothing is left of a run, in a sandbox in a temporary folder.
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

// dueAdvice tells of that command.
func dueAdvice(o sharedOptions) string {
	if command := dueCommand(o); command != "" {
		return "`" + report.CommandText(command) + "` resumes them later"
	}
	return ""
}
