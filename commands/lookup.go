package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/commands/accountlist"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const lookupHelp = `Shows what the home server and the account's own server know about an account,
and by which routes the home server can be filled. Imports nothing.`

const lookupExamples = `tootfill lookup alice@photos.example
tootfill lookup --json alice@photos.example ben@notes.example`

// heldPages bounds how many pages of 40 posts are read to count held posts.
const heldPages = 25

// newLookupCommand is `tootfill lookup`.
func newLookupCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "lookup",
		Usage:       "show what is known about accounts and how to backfill them",
		ArgsUsage:   "HANDLE...",
		Description: lookupHelp,
		UsageText:   lookupExamples,
		Flags:       rateFlags(),
		Action: func(c *cli.Context) error {
			o, err := readSharedOptions(c)
			if err != nil {
				return err
			}
			names, err := readNames(c.Args().Slice())
			if err != nil {
				return err
			}
			if len(names) == 0 {
				return usagef("name accounts as user@domain", "No account(s) given")
			}
			return runLookup(c.Context, env, o, names)
		},
	}
}

func runLookup(ctx context.Context, env Env, o sharedOptions, names []accountlist.Name) (err error) {
	s, err := readSettings(o.Flags, env.Getenv, settings.ByAny)
	if err != nil {
		return err
	}
	sys, err := connect(ctx, env, wiring{
		settings: s, shared: o, listener: report.Remarks{Stderr: env.Stderr, Clock: env.Clock, Quiet: o.Quiet, Hints: env.hintText}, via: backfill.ViaAuto, readOnly: true,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	return lookupAll(ctx, env, o, names, sys)
}

// lookupAll looks up the accounts one by one. A failure does not stop the rest,
// unless home itself fails.
func lookupAll(ctx context.Context, env Env, o sharedOptions, names []accountlist.Name, sys *system) error {
	sum := tally{Accounts: len(names)}
	var failures []accountFailure
	further := false // something has been printed already
	for _, n := range names {
		found, err := sys.lookupNamed(ctx, n)
		if err == nil {
			if err := env.streams(o.NoColor).WriteAccount(found, o.JSON, further, env.Clock.Now()); err != nil {
				return fmt.Errorf("writing results: %w", err)
			}
			further = true
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		failure := accountFailure{n.String(), err}
		var unauthorized *backfill.UnauthorizedError
		var unavailable *backfill.UnavailableError
		if errors.As(err, &unauthorized) || errors.As(err, &unavailable) {
			return failure
		}
		sum.Failed++
		if failures = append(failures, failure); !o.JSON && !env.logs() {
			env.tell(false, exitFailed, err)
		}
	}
	if o.JSON || env.logs() {
		// Their code is the exit status, which is known only now.
		for _, f := range failures {
			env.tell(true, sum.status(), f)
		}
	}
	return sum.result()
}

// lookupNamed looks up a named account, whose handle only home may know.
func (s *system) lookupNamed(ctx context.Context, n accountlist.Name) (report.Account, error) {
	if n.Address == "" {
		return s.lookup(ctx, n.Handle, n.Spelling)
	}
	a, err := s.accountAt(ctx, n.Address, true)
	if err != nil {
		return report.Account{}, err
	}
	return s.lookup(ctx, a.Handle, a.Username)
}

// heldCounter counts the posts of an account that home holds, on up to so many pages.
type heldCounter interface {
	HeldCount(ctx context.Context, a fediverse.Account, maxPages int) (n int, more bool, err error)
}

// pastRuns tells when an account was last backfilled, and when it may be again.
type pastRuns interface {
	LastBackfill(ctx context.Context, h fediverse.Handle) (time.Time, error)
	NextAllowed(ctx context.Context, h fediverse.Handle) (time.Time, error)
}

// unknownAccountError is worded as tootctl does (lib/mastodon/cli/accounts.rb).
type unknownAccountError struct{ handle fediverse.Handle }

func (e *unknownAccountError) Error() string { return "No such account (" + e.handle.String() + ")" }

// lookup asks home, the origin and the ledger about an account.
func (s *system) lookup(ctx context.Context, h fediverse.Handle, spelling string) (report.Account, error) {
	a, err := s.find(ctx, h, spelling)
	if errors.Is(err, backfill.ErrNoAccount) {
		return report.Account{}, &backfill.Hinted{Err: &unknownAccountError{h}, Hint: backfill.HintOf(err)}
	}
	if err != nil {
		return report.Account{}, fmt.Errorf("looking up %s: %w", h, err)
	}
	k := report.Account{Account: a, Held: -1, BoostsHint: hintText(backfill.Hint{Kind: backfill.ImportThose})}
	if k.Standing, err = s.patientAccounts(false).Standing(ctx, a); err != nil {
		return k, fmt.Errorf("looking up whether %s is followed: %w", a.Handle, err)
	}
	if err := s.countHeld(ctx, &k); err != nil {
		return k, err
	}
	if err := s.recallTimes(ctx, &k); err != nil {
		return k, err
	}
	if a.Local {
		k.Origin.Count = -1
		return k, nil
	}
	k.Origin = s.describe(ctx, a)
	k.OptOut = fediverse.OptOut(append([]string{a.Note, k.Origin.Actor.Summary}, k.Origin.Actor.Fields...)...)
	if k.OptOut == "" && k.Standing.Refusal == "" {
		k.Routes, err = s.openRoutes(ctx, k.Origin)
	}
	return k, err
}

// countHeld counts the held posts: all of them in home's database, or up to
// heldPages over its API.
func (s *system) countHeld(ctx context.Context, k *report.Account) (err error) {
	if k.Account.ID == "" {
		k.Held = 0 // home does not know the account
		return nil
	}
	if s.database != nil {
		n, err := backfill.Asked(ctx, s.patience, func() (int, error) { return s.database.HeldCount(ctx, k.Account) })
		switch {
		case err == nil:
			k.Held = n
			return nil
		case !errors.Is(err, home.ErrNoRight):
			return err
		case s.home == nil:
			_, k.HeldHint = explain(err)
			return nil
		}
	}
	if s.home != nil {
		err := s.ask(ctx, func() (err error) {
			k.Held, k.HeldMore, err = s.home.HeldCount(ctx, k.Account, heldPages)
			return err
		})
		if err != nil {
			return fmt.Errorf("counting the held posts of %s: %w", k.Account.Handle, err)
		}
	}
	return nil
}

// find finds an account in home's database or over its API.
func (s *system) find(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	a, err := backfill.AccountSpelled(ctx, s.patientAccounts(false), h, spelling)
	if s.database != nil && s.home != nil && errors.Is(err, backfill.ErrNoAccount) {
		return backfill.AccountSpelled(ctx, backfill.PatientAccounts(s.home, s.patience), h, spelling)
	}
	return a, err
}

func (s *system) recallTimes(ctx context.Context, k *report.Account) (err error) {
	if k.Last, err = s.ledger.LastBackfill(ctx, k.Account.Handle); err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	if k.Next, err = s.ledger.NextAllowed(ctx, k.Account.Handle); err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	return nil
}

// openRoutes are the routes that nothing known rules out.
func (s *system) openRoutes(ctx context.Context, origin report.Origin) ([]backfill.Route, error) {
	software, err := s.homeSoftware(ctx)
	if err != nil {
		return nil, err
	}
	ways := home.Ways{API: s.home != nil, Installation: s.database != nil, Software: software}
	return home.OpenRoutes(ctx, s.ledger, s.homeName, ways, origin.Readable())
}
