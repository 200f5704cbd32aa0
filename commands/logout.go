package commands

import (
	"context"
	"errors"
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/oauth"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const logoutHelp = `Revokes the access token that tootfill login has got, and removes it from this
machine and from the config file. The server's name and all other settings stay. If
other profiles have the same token, they lose it too.`

const logoutExamples = `   tootfill logout
   tootfill logout --profile work`

// newLogoutCommand is `tootfill logout`.
func newLogoutCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "logout",
		Usage:       "revoke and remove the access token of a login",
		Description: logoutHelp,
		UsageText:   logoutExamples,
		Action: func(c *cli.Context) error {
			o, err := readSharedOptions(c)
			switch {
			case err != nil:
				return err
			case o.Sandbox:
				return usagef("every command works with --sandbox as it is", "the sandbox needs no login")
			case o.Server != "":
				return usagef("name its profile with --profile", "logout takes no --server")
			case c.Args().Present():
				return usagef("name a profile with --profile", "logout takes no arguments: %q", cleantext.Line(c.Args().First(), wordWidth))
			}
			return runLogout(c.Context, env, o)
		},
	}
}

func runLogout(ctx context.Context, env Env, o sharedOptions) error {
	place, err := settingsReader(env.Getenv).Login(o.Flags)
	if err != nil {
		return err
	}
	if err := place.There(); err != nil {
		return err
	}
	app, token, err := place.Kept()
	if err != nil {
		return err
	}
	err = loginServers{env: env, place: place}.revoke(ctx, app, token)
	var refused *oauth.RefusedError
	switch {
	case errors.As(err, &refused):
		return &backfill.Hinted{Err: &notLetInError{err}, Hint: backfill.Say("revoke it in the settings of the server, and remove " + place.TokenFile)}
	case err != nil:
		return err
	}
	return forget(env, o, app.Server, place.Sharing(app.Server, token))
}

// forget removes a revoked token from all logins that have it.
func forget(env Env, o sharedOptions, server string, logins []settings.Login) error {
	var names []string
	var failed error
	for _, l := range logins {
		names = append(names, l.Profile)
		failed = errors.Join(failed, l.Forget())
	}
	if failed != nil {
		return failed
	}
	return report.Logout{Server: strings.TrimPrefix(server, "https://"), Profiles: names}.Write(env.Stdout, o.JSON)
}
