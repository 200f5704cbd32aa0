package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/postgres"
)

const lookupHelp = `Shows what the home server and the account's own server know about an account,
and by which routes the home server can be filled. Imports nothing.`

const lookupExamples = `   tootfill lookup alice@photos.example
   tootfill lookup --json alice@photos.example ben@notes.example`

// heldPages bounds the counting of held posts, in pages of 40.
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

func runLookup(ctx context.Context, env Env, o sharedOptions, names []accountName) (err error) {
	s, err := readSettings(o, env.Getenv, homeByAny)
	if err != nil {
		return err
	}
	sys, err := connect(ctx, env, wiring{
		settings: s, shared: o, listener: lookupListener{env: env, quiet: o.Quiet}, via: backfill.ViaAuto, readOnly: true,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	return lookupAll(ctx, env, o, names, sys)
}

// lookupAll looks the accounts up one after the other. One that fails does not
// stop the rest, unless home itself does.
func lookupAll(ctx context.Context, env Env, o sharedOptions, names []accountName, sys *system) error {
	sum := tally{Accounts: len(names)}
	var failures []accountFailure
	further := false // something stands above
	for _, n := range names {
		found, err := sys.lookupNamed(ctx, n)
		if err == nil {
			if err := found.write(env.Stdout, o.JSON, further, env.Clock.Now()); err != nil {
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
		if failures = append(failures, failure); !o.JSON {
			tell(env.Stderr, false, exitFailed, err)
		}
	}
	if o.JSON {
		// Their code is the exit status, which shows only now.
		for _, f := range failures {
			tell(env.Stderr, true, sum.status(), f)
		}
	}
	return sum.result()
}

// lookupNamed finds out whose name it is, if only home can tell.
func (s *system) lookupNamed(ctx context.Context, n accountName) (known, error) {
	if n.Address == "" {
		return s.lookup(ctx, n.Handle, n.Spelling)
	}
	a, err := s.accountAt(ctx, n.Address, true)
	if err != nil {
		return known{}, err
	}
	return s.lookup(ctx, a.Handle, a.Username)
}

// lookupListener tells of waits, so that nobody wonders what takes so long.
type lookupListener struct {
	env   Env
	quiet bool
}

// Event tells of a wait or of a warning.
func (l lookupListener) Event(e backfill.Event) {
	if l.quiet {
		return
	}
	switch e := e.(type) {
	case backfill.Waiting:
		until := clockTime(e.Until, l.env.Clock.Now(), time.TimeOnly)
		fmt.Fprintf(l.env.Stderr, "tootfill: waiting for %s until %s\n", cleantext.Line(e.On, maxField), until)
	case backfill.Warned:
		warn(l.env.Stderr, e.Text, hintText(e.Hint))
	}
}

// known is all that is known of an account.
type known struct {
	account  fediverse.Account
	standing backfill.Standing
	// held is -1 if nobody can tell; heldHint then says what would change that.
	held     int
	heldMore bool
	heldHint string
	origin   activitypub.Description
	routes   []backfill.Route
	// last is when it was last backfilled, next when it may be again; zero for
	// never, and for now.
	last, next time.Time
}

// unknownAccountError is worded as tootctl does (lib/mastodon/cli/accounts.rb).
type unknownAccountError struct{ handle fediverse.Handle }

func (e *unknownAccountError) Error() string { return "No such account (" + e.handle.String() + ")" }

// lookup asks home, the origin and the ledger about an account.
func (s *system) lookup(ctx context.Context, h fediverse.Handle, spelling string) (known, error) {
	a, err := s.find(ctx, h, spelling)
	if errors.Is(err, backfill.ErrNoAccount) {
		return known{}, &backfill.Hinted{Err: &unknownAccountError{h}, Hint: backfill.HintOf(err)}
	}
	if err != nil {
		return known{}, fmt.Errorf("looking up %s: %w", h, err)
	}
	k := known{account: a, held: -1}
	if k.standing, err = s.patientAccounts(false).Standing(ctx, a); err != nil {
		return k, fmt.Errorf("looking up whether %s is followed: %w", a.Handle, err)
	}
	if err := s.countHeld(ctx, &k); err != nil {
		return k, err
	}
	if err := s.recallTimes(ctx, &k); err != nil {
		return k, err
	}
	if a.Local {
		k.origin.Count = -1
		return k, nil
	}
	k.origin = s.reader.Describe(ctx, a)
	if k.optOut() == "" && k.standing.Refusal == "" {
		k.routes, err = s.openRoutes(ctx, k.origin)
	}
	return k, err
}

// countHeld counts the held posts: all of them in home's database, or over its
// API as far as heldPages go.
func (s *system) countHeld(ctx context.Context, k *known) (err error) {
	if k.account.ID == "" {
		k.held = 0 // home does not know the account
		return nil
	}
	var closed *postgres.AccessError
	if s.database != nil {
		n, err := backfill.Asked(ctx, s.patience, func() (int, error) { return s.database.HeldCount(ctx, k.account) })
		switch {
		case err == nil:
			k.held = n
			return nil
		case !errors.As(err, &closed):
			return err
		case s.home == nil:
			_, k.heldHint = explain(err)
			return nil
		}
	}
	if s.home != nil {
		err := s.ask(ctx, func() (err error) {
			k.held, k.heldMore, err = s.home.HeldCount(ctx, k.account, heldPages)
			return err
		})
		if err != nil {
			return fmt.Errorf("counting the held posts of %s: %w", k.account.Handle, err)
		}
	}
	return nil
}

// find finds an account where home's database or its API has it.
func (s *system) find(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	a, err := backfill.AccountSpelled(ctx, s.patientAccounts(false), h, spelling)
	if s.database != nil && s.home != nil && errors.Is(err, backfill.ErrNoAccount) {
		return backfill.AccountSpelled(ctx, backfill.PatientAccounts(s.home, s.patience), h, spelling)
	}
	return a, err
}

// optOut is the tag by which the account has opted out, "" if it has not.
func (k known) optOut() string {
	return fediverse.OptOut(append([]string{k.account.Note, k.origin.Actor.Summary}, k.origin.Actor.Fields...)...)
}

func (s *system) recallTimes(ctx context.Context, k *known) (err error) {
	if k.last, err = s.ledger.LastBackfill(ctx, k.account.Handle); err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	if k.next, err = s.ledger.NextAllowed(ctx, k.account.Handle); err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	return nil
}

// openRoutes are the routes that nothing known speaks against. Whether home
// offers backfills of its own shows only when one is asked for.
func (s *system) openRoutes(ctx context.Context, origin activitypub.Description) ([]backfill.Route, error) {
	var routes []backfill.Route
	software, err := s.homeSoftware(ctx)
	if err != nil {
		return nil, err
	}
	none, err := backfill.NoEndpoint(ctx, s.ledger, s.homeName)
	if err != nil {
		return nil, err
	}
	if s.home != nil && !none && !tooOld(software) {
		routes = append(routes, backfill.RouteRequest)
	}
	if origin.Outbox != activitypub.Readable {
		return routes, nil
	}
	if s.database != nil {
		routes = append(routes, backfill.RouteSidekiq)
	}
	if s.home != nil {
		routes = append(routes, backfill.RouteResolve)
	}
	return routes, nil
}

// write writes what is known, for people or as JSON.
func (k known) write(w io.Writer, asJSON, further bool, now time.Time) error {
	if asJSON {
		return k.writeJSON(w)
	}
	return k.writeText(w, further, now)
}
