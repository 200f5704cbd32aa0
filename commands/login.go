package commands

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/oauth"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const loginHelp = `Gets an access token for a home server, and keeps it with the server's name in the
config file. SERVER may also be your handle, or the domain of your handle.

Your browser opens and asks whether tootfill may read your account, follows, searches
and posts; it never gets the right to write. Over SSH, where no browser is found, or
with --code you open the page yourself and paste the code that it shows.

With --profile NAME the login is kept as [profiles.NAME], beside the others. What is
there is replaced only if you say so, at the terminal or with --yes; its token is revoked,
unless another profile has the same one.`

const loginExamples = `tootfill login home.example
tootfill login --code you@home.example
tootfill login --profile work work.example
tootfill --profile work accounts backfill alice@photos.example`

// loginFlags are the command's own flags.
type loginFlags struct {
	// Server is the one that was named, and Account an account there, or "".
	Server, Account  string
	Code, Lists, Yes bool
}

// newLoginCommand is `tootfill login`.
func newLoginCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "login",
		Usage:       "get an access token for a server, and keep it",
		ArgsUsage:   "SERVER",
		Description: loginHelp,
		UsageText:   loginExamples,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "code", Usage: "paste a code instead of waiting for a browser on this machine", DisableDefaultText: true},
			&cli.BoolFlag{Name: "lists", Usage: "also ask for the scope read:lists, which --list needs", DisableDefaultText: true},
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "replace the login that is there", DisableDefaultText: true},
		},
		Action: func(c *cli.Context) error {
			o, err := readSharedOptions(c)
			if err != nil {
				return err
			}
			f, err := readLoginFlags(c, o)
			if err != nil {
				return err
			}
			return runLogin(c.Context, env, o, f)
		},
	}
}

func readLoginFlags(c *cli.Context, o sharedOptions) (loginFlags, error) {
	f := loginFlags{Server: o.Server, Code: c.Bool("code"), Lists: c.Bool("lists"), Yes: c.Bool("yes")}
	switch {
	case o.Sandbox:
		return f, usagef("every command works with --sandbox as it is", "the sandbox needs no login")
	case c.Args().Len() > 1:
		return f, usagef("name one; --profile keeps several logins apart", "login takes one server")
	case c.Args().Present() && o.Server != "":
		return f, usagef("", "name the server with --server or as the argument, not both")
	case c.Args().Present():
		f.Server = c.Args().First()
	}
	if u, err := url.Parse(f.Server); err == nil && u.User != nil {
		return f, usagef("tootfill never asks for a password: log in on the page of your server", "name the server without a user and a password")
	}
	if strings.Contains(f.Server, "@") {
		h, spelling, err := fediverse.ParseSpelled(f.Server)
		if err != nil {
			return f, err
		}
		f.Server, f.Account = h.Domain, spelling
	}
	return f, nil
}

// loginServer is a server that may be logged in to.
type loginServer struct {
	authorizer
	// name is how the settings name it.
	name string
	// hasAPI says that it has Mastodon's API.
	hasAPI   bool
	software fediverse.Software
}

// authorizer lets applications in, if a person wants it.
type authorizer interface {
	Host() string
	TakesPKCE(ctx context.Context) (bool, error)
	Register(ctx context.Context, redirect string, scopes []string) (oauth.App, error)
	AuthorizePage(r oauth.Request) string
	Exchange(ctx context.Context, r oauth.Request, code string) (oauth.Token, error)
	Close() error
}

// login is one login under way.
type login struct {
	env     Env
	shared  sharedOptions
	flags   loginFlags
	streams report.Streams
	place   settings.Login
	servers loginServers
}

func runLogin(ctx context.Context, env Env, o sharedOptions, f loginFlags) error {
	place, err := settingsReader(env.Getenv).Login(o.Flags)
	if err != nil {
		return err
	}
	if f.Server == "" {
		f.Server = place.Server
	}
	if f.Server == "" {
		return usagef("such as tootfill login mastodon.example", "no server given")
	}
	l := &login{
		env: env, shared: o, flags: f, streams: env.streams(o.NoColor), place: place,
		servers: loginServers{env: env, place: place},
	}
	return l.run(ctx)
}

func (l *login) run(ctx context.Context) error {
	server, err := l.servers.find(ctx, l.flags.Server, l.flags.Account)
	if err != nil {
		return err
	}
	defer server.Close()
	if why := home.Unusable(server.hasAPI, server.software); why != "" {
		return &backfill.UnsupportedError{Server: server.Host(), Message: "runs " + server.software.String() + ", and " + why}
	}
	l.notice(server.Host() + " runs " + server.software.String())
	if err := l.mayReplace(ctx, server.name); err != nil {
		return err
	}
	if err := l.place.Writable(); err != nil {
		return err
	}
	app, token, err := l.authorize(ctx, server)
	if err != nil {
		return letIn(err)
	}
	return l.keep(ctx, server, app, token)
}

// mayReplace asks whether to replace what is there. The error says that nothing is to
// be replaced.
func (l *login) mayReplace(ctx context.Context, server string) error {
	there := l.place.Replaces(server)
	if len(there) == 0 || l.flags.Yes {
		return nil
	}
	what := strings.Join(there, " and ")
	if !l.streams.CanAsk(l.env.Stdin) {
		return usagef("add --yes to replace it, or --profile NAME to keep another login beside it", "this login would replace %s", what)
	}
	yes, err := l.streams.Ask(ctx, l.env.Stdin, "tootfill: replace "+what+"?")
	switch {
	case err != nil:
		return err
	case !yes:
		l.notice("nothing was done")
		return errDeclined
	}
	return nil
}

// keep keeps the token, whatever comes of the questions about it.
func (l *login) keep(ctx context.Context, server loginServer, app oauth.App, token oauth.Token) error {
	kept := settings.Application{ID: app.ID, Secret: app.Secret}
	before, old, replaced := l.place.Previous()
	if err := l.place.Save(server.name, kept, token.Access); err != nil {
		return err
	}
	if replaced && old != token.Access {
		l.revokePrevious(ctx, before, old)
	}
	for _, name := range l.place.Overruled {
		report.Warn(l.env.Stderr, name+" is set in the environment and takes precedence over this login", "")
	}
	identity, err := l.servers.identity(ctx, server, token.Access)
	if err != nil {
		return fmt.Errorf("the login is kept, but: %w", err)
	}
	if identity.Scopes == nil {
		identity.Scopes = token.Scopes
	}
	return report.Login{
		Identity: identity, Config: l.place.Config, TokenFile: l.place.TokenFile,
	}.Write(l.env.Stdout, l.shared.JSON)
}

// revokePrevious revokes the token that the login has replaced, unless another profile
// has it, too. The new login is good without it.
func (l *login) revokePrevious(ctx context.Context, app settings.Application, token string) {
	if others := l.place.Sharing(app.Server, token)[1:]; len(others) > 0 {
		return
	}
	if err := l.servers.revoke(ctx, app, token); err != nil {
		hint := "revoke it in the settings of " + strings.TrimPrefix(app.Server, "https://")
		message, _ := explain(err)
		report.Warn(l.env.Stderr, "the replaced access token was not revoked: "+message, hint)
	}
}

// notice tells people how far the login is.
func (l *login) notice(text string) {
	if !l.shared.Quiet {
		l.say(text)
	}
}

// say is notice for what cannot be done without.
func (l *login) say(text string) {
	// The page is of no use to those who cannot see it; nothing else depends on it.
	_ = report.WriteText(l.env.Stderr, "tootfill: "+cleantext.Line(text, 0)+"\n")
}

// notLetInError says that nobody has let tootfill in.
type notLetInError struct{ err error }

func (e *notLetInError) Error() string { return e.err.Error() }

func (e *notLetInError) Unwrap() error { return e.err }

// letIn marks the errors of those who were not let in, and says what to do.
func letIn(err error) error {
	var refused *oauth.RefusedError
	hint := "the same command asks again"
	switch {
	case errors.As(err, &refused):
		hint = "the same command asks again; a code is good for one try, and for ten minutes"
	case errors.Is(err, oauth.ErrToken):
		hint = "the same command asks again; open its page in a private window, or add --code"
	case errors.Is(err, errTooLate), errors.Is(err, oauth.ErrNoCode), errors.Is(err, oauth.ErrState), errors.Is(err, errNoCode):
	default:
		return err
	}
	return &backfill.Hinted{Err: &notLetInError{err}, Hint: backfill.Say(hint)}
}
