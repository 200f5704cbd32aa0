package commands

import (
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/backfill/cleantext"
	"tootfill/commands/manual"
)

const completionHelp = `Writes the script that completes commands, flags, their values and the accounts in
the ledger when you press Tab.`

const completionExamples = `source <(tootfill completion bash)
tootfill completion bash >~/.local/share/bash-completion/completions/tootfill
tootfill completion zsh >"${fpath[1]}/_tootfill"
tootfill completion fish >~/.config/fish/completions/tootfill.fish`

// newCompletionCommand is `tootfill completion`.
func newCompletionCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "completion",
		Usage:       "write the script that lets a shell complete command lines",
		ArgsUsage:   strings.Join(manual.Shells, "|"),
		Description: completionHelp,
		UsageText:   completionExamples,
		Action: func(c *cli.Context) error {
			shells := "name a shell: " + strings.Join(manual.Shells, ", ")
			if c.Args().Len() != 1 {
				return usagef(shells, "completion takes one argument")
			}
			script, known := manual.Completion(c.Args().First())
			if !known {
				return usagef(shells, "there is no completion for %q", cleantext.Line(c.Args().First(), wordWidth))
			}
			return printText(env.Stdout, "the completion", script)
		},
	}
}
