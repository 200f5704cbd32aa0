package commands

import (
	"context"
	"errors"
	"iter"

	"github.com/urfave/cli/v2"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const listHelp = `Lists the accounts that the ledger knows, by their handles: when the last run of each
began and how it ended; how many of its posts were imported, held before, refused or
failed; and when it may run again. It asks no server, changes nothing, and may run
beside a backfill.

The accounts are those of your home server. Where none is set, they are those of all
home servers in the ledger.

An account is listed if all the given filters apply to it. --domain can be repeated:
it is then enough that one of the domains is the account's. *.example.org stands for
example.org and all its subdomains.

On a terminal the lines fit its width. In a pipe each account is one line.`

const listExamples = `tootfill accounts list
tootfill accounts list --deferred
tootfill accounts list --failed --domain a.example --domain b.example
tootfill accounts list --json | jq -r 'select(.refused > 0) | .account'`

const (
	deferredFlag = "deferred"
	failedFlag   = "failed"
	domainFlag   = "domain"
)

// newListCommand is `tootfill accounts list`.
func newListCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "list",
		Usage:       "list the accounts that the ledger knows",
		Description: listHelp,
		UsageText:   listExamples,
		Flags: under("Which accounts",
			&cli.BoolFlag{Name: deferredFlag, Usage: "only accounts that have to wait", DisableDefaultText: true},
			&cli.BoolFlag{Name: failedFlag, Usage: "only accounts whose last run failed, or some of whose posts did", DisableDefaultText: true},
			repeatedText(domainFlag, "only accounts on the server `DOMAIN`, or with *.DOMAIN on its subdomains, too"),
		),
		Action: func(c *cli.Context) error {
			o, err := readListOptions(c)
			if err != nil {
				return err
			}
			return runList(c.Context, env, o)
		},
	}
}

// listOptions are the values of the command's flags.
type listOptions struct {
	sharedOptions
	accountFilter
}

// accountFilter says which accounts are listed: those to which everything in it applies.
type accountFilter struct {
	// Servers are those of the accounts, at least one of them; none means all.
	Servers          []fediverse.Servers
	Deferred, Failed bool
}

func readListOptions(c *cli.Context) (o listOptions, err error) {
	if o.sharedOptions, err = readSharedOptions(c); err != nil {
		return o, err
	}
	if c.Args().Present() {
		return o, usagef("tootfill accounts coverage shows single accounts", "accounts list takes no arguments: %q", cleantext.Line(c.Args().First(), wordWidth))
	}
	o.Deferred, o.Failed = c.Bool(deferredFlag), c.Bool(failedFlag)
	for _, text := range textsOf(c, domainFlag) {
		servers, err := fediverse.ParseServers(text)
		if err != nil {
			return o, err
		}
		o.Servers = append(o.Servers, servers)
	}
	return o, nil
}

// accountRecords reads what the ledger knows of accounts.
type accountRecords interface {
	each(ctx context.Context, f accountFilter) iter.Seq2[report.LedgerAccount, error]
}

func runList(ctx context.Context, env Env, o listOptions) (err error) {
	s, err := readSettings(o.Flags, env.Getenv, settings.AtHand)
	if err != nil {
		return err
	}
	sys, err := connectSurvey(env, s, o.sharedOptions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	out := report.LedgerAccountsWriter{Streams: env.streams(o.NoColor), JSON: o.JSON, Homes: sys.homeName == "", Now: env.Clock.Now()}
	for a, err := range sys.accountRecords().each(ctx, o.accountFilter) {
		if err == nil {
			err = out.Write(a)
		}
		if err != nil {
			return err
		}
	}
	if !out.Written() && !o.Quiet {
		// Nothing depends on it, so a closed stderr does not matter.
		_ = report.WriteText(env.Stderr, "tootfill: "+nothingListed(sys.homeName, o.accountFilter)+"\n")
	}
	return nil
}

// nothingListed says that there is no account to list.
func nothingListed(home string, f accountFilter) string {
	text := "the ledger knows no account"
	if home != "" {
		text += " of " + cleantext.Line(home, wordWidth)
	}
	if f.Deferred || f.Failed || len(f.Servers) > 0 {
		return text + " to which all of this applies"
	}
	return text + " yet"
}
