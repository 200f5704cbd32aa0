package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/commands/report"
	"tootfill/commands/settings"
	"tootfill/commands/shell"
)

const stateCopyHelp = `Copies the ledger in FROM to TO, with all its home servers: from a file to PostgreSQL,
back, or to another place of the same kind. FROM and TO are written as for --state:
folders, or addresses such as postgres://db.example/tootfill.

FROM stays as it is. TO must hold no ledger yet. At the end all rows are compared; until
then no other command opens TO. If the copy is interrupted or killed, the same command
goes on with it.

Nothing may work with FROM meanwhile. What processes have claimed is not copied; runs
that were interrupted are, and resume in TO.

A password comes from ~/.pgpass or PGPASSWORD, never from an argument.`

const stateCopyExamples = `tootfill state copy ~/.local/state/tootfill postgres://db.example/tootfill
tootfill state copy postgres://db.example/tootfill /var/lib/tootfill`

// newStateCopyCommand is `tootfill state copy`.
func newStateCopyCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "copy",
		Usage:       "copy the ledger between a file and PostgreSQL",
		ArgsUsage:   "FROM TO",
		Description: stateCopyHelp,
		UsageText:   stateCopyExamples,
		Action: func(c *cli.Context) error {
			o, err := readSharedOptions(c)
			if err != nil {
				return err
			}
			from, to, err := readCopyPlaces(c)
			if err != nil {
				return err
			}
			return runStateCopy(c.Context, env, o, from, to)
		},
	}
}

// readCopyPlaces reads the arguments.
func readCopyPlaces(c *cli.Context) (from, to settings.LedgerPlace, err error) {
	for _, flag := range []string{stateFlag, sandboxFlag} {
		if c.IsSet(flag) {
			return from, to, usagef("name both ledgers as arguments", "--%s does nothing here", flag)
		}
	}
	if c.NArg() != 2 {
		return from, to, usagef("tootfill state copy FROM TO", "it takes two ledgers, and %d were given", c.NArg())
	}
	if from, err = settings.NamedLedgerPlace("FROM", c.Args().Get(0)); err != nil {
		return from, to, err
	}
	if to, err = settings.NamedLedgerPlace("TO", c.Args().Get(1)); err == nil && from.String() == to.String() {
		err = usagef("", "FROM and TO are the same")
	}
	return from, to, err
}

// copyCommand is the command line that goes on with a copy.
func copyCommand(from, to settings.LedgerPlace) string {
	return "tootfill state copy " + shell.Word(from.String()) + " " + shell.Word(to.String())
}

func runStateCopy(ctx context.Context, env Env, o sharedOptions, from, to settings.LedgerPlace) error {
	begun := env.Clock.Now()
	progress := copyProgress{env: env, quiet: o.Quiet, told: begun, every: copyEveryInLog}
	if env.streams(o.NoColor).StderrTTY {
		progress.every = copyEvery
	}
	copied, err := copyState(ctx, env, from, to, progress.tell)
	switch {
	case err != nil && ctx.Err() != nil:
		progress.say("interrupted: the same command goes on")
		return err
	case err != nil:
		return err
	}
	copied.From, copied.To, copied.Took = from.String(), to.String(), env.Clock.Now().Sub(begun)
	return env.streams(o.NoColor).WriteStateCopy(copied, o.JSON)
}

// How often a copy says how far it is: to people at a terminal, and to others.
const (
	copyEvery      = 5 * time.Second
	copyEveryInLog = 30 * time.Second
)

// copyProgress says on standard error how far a copy is.
type copyProgress struct {
	env   Env
	quiet bool
	// told is when something was said last, and every how long that lasts.
	told  time.Time
	every time.Duration
}

// tell says how far the copy is, now and then.
func (p *copyProgress) tell(table string, comparing bool, rows, of int64) {
	now := p.env.Clock.Now()
	if now.Sub(p.told) < p.every {
		return
	}
	p.told = now
	what := "copied"
	if comparing {
		what = "compared"
	}
	p.say(fmt.Sprintf("%s %d of %d rows of the table %s", what, rows, of, table))
}

func (p *copyProgress) say(text string) {
	if !p.quiet {
		// Nothing depends on it, so a closed stderr does not matter.
		_ = report.WriteText(p.env.Stderr, "tootfill: "+text+"\n")
	}
}

// copyTrouble adds to an error which ledger it is about, and advice.
func copyTrouble(name string, err error, hint string) error {
	return &backfill.Hinted{Err: fmt.Errorf("%s: %w", name, err), Hint: backfill.Say(hint)}
}
