package commands

import (
	"context"
	"errors"
	"net/http"
	"slices"
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
other profiles have the same token, they lose it too.

If the token cannot be revoked, it stays where it is, so that the command can be
repeated. With --forget it is removed all the same: the server may be gone for good,
or the file of the token lost.`

const logoutExamples = `tootfill logout
tootfill logout --profile work
tootfill logout --forget`

// newLogoutCommand is `tootfill logout`.
func newLogoutCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "logout",
		Usage:       "revoke and remove the access token of a login",
		Description: logoutHelp,
		UsageText:   logoutExamples,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: forgetFlag, Usage: "remove the login from this machine even if its token cannot be revoked", DisableDefaultText: true},
		},
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
			return runLogout(c.Context, env, o, c.Bool(forgetFlag))
		},
	}
}

const forgetFlag = "forget"

func runLogout(ctx context.Context, env Env, o sharedOptions, forget bool) error {
	place, err := settingsReader(env.Getenv).Login(o.Flags)
	if err != nil {
		return err
	}
	if err := place.There(); err != nil {
		return err
	}
	app, token, err := place.Kept()
	if err == nil {
		err = notRevoked(loginServers{env: env, place: place}.revoke(ctx, app, token))
	}
	switch {
	case err == nil:
		return removeLogins(env, o, report.Logout{Server: app.Server, Revoked: true}, place.Sharing(app.Server, token))
	case !forget || !place.HasToken() || ctx.Err() != nil:
		return err
	}
	message, _ := explain(err)
	report.Warn(env.Stderr, "the access token was not revoked: "+message, "revoke it in the settings of the server, if that is still there")
	return removeLogins(env, o, report.Logout{Server: place.Server}, place.Sharing(place.Server, ""))
}

// notRevoked says what to do if a token was not revoked.
func notRevoked(err error) error {
	byHand := backfill.Say("revoke it in the settings of the server; " + hintText(backfill.Hint{Kind: backfill.ForgetLogin}))
	var refused *oauth.RefusedError
	var accepted *stillAcceptedError
	var unavailable *backfill.UnavailableError
	switch {
	case errors.As(err, &refused):
		return &backfill.Hinted{Err: &notLetInError{err}, Hint: byHand}
	case errors.As(err, &accepted), cannotRevoke(err):
		return &backfill.Hinted{Err: err, Hint: byHand}
	case isAnswer(err), errors.As(err, &unavailable):
		return &advised{err: err, hint: "try again later; " + hintText(backfill.Hint{Kind: backfill.ForgetLogin})}
	}
	return err
}

// cannotRevoke reports whether the server knows no way to revoke a token, as GoToSocial
// did not for long.
func cannotRevoke(err error) bool {
	var answered *backfill.AnswerError
	return errors.As(err, &answered) &&
		slices.Contains([]int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}, answered.Status)
}

// removeLogins removes logins from this machine.
func removeLogins(env Env, o sharedOptions, done report.Logout, logins []settings.Login) error {
	var failed error
	for _, l := range logins {
		done.Profiles = append(done.Profiles, l.Profile)
		failed = errors.Join(failed, l.Forget())
	}
	if failed != nil {
		return failed
	}
	done.Server = strings.TrimPrefix(done.Server, "https://")
	return done.Write(env.Stdout, o.JSON)
}
