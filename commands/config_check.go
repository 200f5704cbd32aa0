package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const configCheckHelp = `Checks the settings, the home server, the access token and its scopes, the ledger,
the Redis and PostgreSQL of an installation, the key for signing requests, and the
file for metrics; it names the service that is pinged, but sends it nothing. Each gets
one line: ok, or what is wrong and how to mend it. A failure does not stop the rest.
Changes nothing.

The exit status is 2 if a setting is wrong, otherwise 4 if the token is, otherwise 1
if anything else is.`

const configCheckExamples = `tootfill config check
tootfill config check --env-file /home/mastodon/live/.env.production`

// newConfigCheckCommand is `tootfill config check`.
func newConfigCheckCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "check",
		Usage:       "check the settings, and everything that they lead to",
		Description: configCheckHelp,
		UsageText:   configCheckExamples,
		Action: func(c *cli.Context) error {
			o, err := readConfigOptions(c)
			if err != nil {
				return err
			}
			return runConfigCheck(c.Context, env, o)
		},
	}
}

// checkedPart is a part of the setup that can be checked by itself.
type checkedPart struct {
	name string
	// check returns what it has found; nothing if the part is not configured.
	check func(context.Context) (string, error)
}

// checkPatience bounds the check of one part.
const checkPatience = 30 * time.Second

// errUnchecked: the settings, whose errors have been told, do not lead to the part.
var errUnchecked = errors.New("not checked: the settings have to be right first")

// checkRun checks one part after the other.
type checkRun struct {
	env    Env
	out    report.Streams
	json   bool
	quiet  bool
	status int
}

func runConfigCheck(ctx context.Context, env Env, o sharedOptions) (err error) {
	s, wrong := readAllSettings(o.Flags, env.Getenv)
	r := checkRun{env: env, out: env.streams(o.NoColor), json: o.JSON, quiet: o.Quiet}
	if err := r.settings(ctx, s, wrong); err != nil {
		return err
	}
	setup, err := openSetup(ctx, env, s, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, setup.Close()) }()
	for _, p := range setup.toCheck() {
		found, failed := bounded(ctx, p.check)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := r.tell(ctx, p.name, found, failed); err != nil {
			return err
		}
	}
	if r.status != exitDone {
		return &toldError{r.status}
	}
	return nil
}

// settings tells what is wrong with the settings, or which file they are in.
func (r *checkRun) settings(ctx context.Context, s settings.Settings, wrong []error) error {
	if len(wrong) == 0 {
		found := "there is no config file; all settings come from flags, the environment and defaults"
		if file := s.File(); file != "" {
			found = file
		}
		return r.tell(ctx, "settings", found, nil)
	}
	for _, failed := range wrong {
		if err := r.tell(ctx, "settings", "", failed); err != nil {
			return err
		}
	}
	return nil
}

// bounded runs a check that must not take too long.
func bounded(ctx context.Context, check func(context.Context) (string, error)) (string, error) {
	limited, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	found, err := check(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("no answer within %s", checkPatience)
	}
	return found, err
}

// tell tells what came of a check.
func (r *checkRun) tell(ctx context.Context, name, found string, failed error) error {
	if failed == nil {
		if r.quiet {
			return nil
		}
		return r.out.WriteCheck(report.Check{Name: name, OK: true, Message: found}, r.json)
	}
	r.count(exitStatus(ctx, failed))
	message, hint := r.env.explain(failed)
	return r.out.WriteCheck(report.Check{Name: name, Message: message, Hint: hint}, r.json)
}

// count keeps the status that takes precedence: wrong settings may be why the token
// fails, and a wrong token may be why other things do.
func (r *checkRun) count(status int) {
	switch {
	case status == exitUsage || r.status == exitUsage:
		r.status = exitUsage
	case status == exitUnauthorized || r.status == exitUnauthorized:
		r.status = exitUnauthorized
	default:
		r.status = exitFailed
	}
}
