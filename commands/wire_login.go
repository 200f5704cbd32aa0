package commands

import (
	"context"
	"errors"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/oauth"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

// loginServers opens servers that no settings name yet.
type loginServers struct {
	env   Env
	place settings.Login
}

// find finds the server with the API: the one that was named, or the one to which that
// leads. account is the name of an account there, or "". The caller closes it.
func (l loginServers) find(ctx context.Context, named, account string) (loginServer, error) {
	s, err := l.look(ctx, named)
	var away *backfill.UnavailableError
	if err == nil && s.hasAPI || err != nil && !errors.As(err, &away) && !isAnswer(err) {
		return s, err
	}
	o, failed := l.options(named)
	if failed != nil {
		return s, failed
	}
	if web := mastodon.WebDomain(ctx, o, account); web != "" {
		if other, failed := l.look(ctx, web); failed == nil && other.hasAPI {
			return other, nil
		}
	}
	return s, err
}

func isAnswer(err error) bool {
	var answered *backfill.AnswerError
	return errors.As(err, &answered)
}

// look asks a server what it is.
func (l loginServers) look(ctx context.Context, name string) (loginServer, error) {
	server, err := l.open(name, "")
	if err != nil {
		return loginServer{}, err
	}
	defer server.Close()
	s := loginServer{authorizer: server, name: name}
	if s.hasAPI, err = server.HasAPI(ctx); err != nil {
		return s, orClearText(err)
	}
	s.software, err = server.Software(ctx)
	if !s.hasAPI && isAnswer(err) {
		err = nil // it may be anything
	}
	return s, err
}

// open opens a server, with a token or "". Nothing of its limits is known yet, and a
// login takes few requests.
func (l loginServers) open(name, token string) (*mastodon.Server, error) {
	o, err := l.options(name)
	if err != nil {
		return nil, err
	}
	o.Token, o.Rate = token, limit.Unlimited
	return newHome(o)
}

// scopesToAsk are the scopes that a login asks for.
func scopesToAsk(lists bool) []string { return mastodon.NeededScopes(lists) }

func (l loginServers) options(name string) (mastodon.Options, error) {
	s := system{wiring: wiring{settings: settings.Settings{Server: name, AllowPrivate: l.place.AllowPrivate}}, clock: l.env.ledgerClock()}
	return s.homeOptions(l.env, l.env.Network)
}

// identity asks whose a new token is.
func (l loginServers) identity(ctx context.Context, at loginServer, token string) (report.Identity, error) {
	server, err := l.open(at.name, token)
	if err != nil {
		return report.Identity{}, err
	}
	defer server.Close()
	owner, err := server.Owner(ctx)
	return identityOf(at.Host(), at.software, owner, l.place.Profile), err
}

// revoke makes a server forget a token, and looks whether it has: Pleroma says yes
// whatever came of it (o_auth_controller.ex, token_revoke), as RFC 7009 has it.
func (l loginServers) revoke(ctx context.Context, app settings.Application, token string) error {
	server, err := l.open(app.Server, "")
	if err != nil {
		return err
	}
	defer server.Close()
	if err := server.Revoke(ctx, oauth.App{ID: app.ID, Secret: app.Secret}, token); err != nil {
		return orClearText(err)
	}
	holder, err := l.open(app.Server, token)
	if err != nil {
		return err
	}
	defer holder.Close()
	if holder.Accepts(ctx) {
		return &stillAcceptedError{server.Host()}
	}
	return nil
}

// stillAcceptedError says that a server accepts a token that it has revoked, as it
// says.
type stillAcceptedError struct{ server string }

func (e *stillAcceptedError) Error() string { return e.server + " still accepts the access token" }

// identityOf is what a server says of a token, as it is shown.
func identityOf(server string, software fediverse.Software, o mastodon.Owner, profile string) report.Identity {
	i := report.Identity{
		Profile: profile, Server: server, Software: software, Scopes: o.Scopes, Missing: o.Missing,
		Limit: o.Limit, Remaining: o.Remaining, Reset: o.Reset,
	}
	if o.Handle != (fediverse.Handle{}) {
		i.Account = o.Handle.String()
	}
	return i
}
