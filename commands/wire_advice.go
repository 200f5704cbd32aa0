package commands

import (
	"context"
	"errors"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
	"tootfill/backfill/mastodon"
	"tootfill/commands/settings"
)

// advicePatience bounds the time spent asking home for the sake of a hint.
const advicePatience = 10 * time.Second

// advised is an error with a hint that asking home has given.
type advised struct {
	err  error
	hint string
}

func (e *advised) Error() string { return e.err.Error() }
func (e *advised) Unwrap() error { return e.err }

// advise asks home, without the token, what may help with an error that it answered
// with. If that gives nothing, it returns the error unchanged.
func (s *system) advise(ctx context.Context, env Env, network Network, err error) error {
	var notNow *backfill.NotNowError
	var unauthorized *backfill.UnauthorizedError
	var token *settings.TokenError
	var answered *backfill.AnswerError
	var away *backfill.UnavailableError
	noToken := errors.As(err, &token) && token.None
	refused := errors.As(err, &unauthorized)
	elsewhere := errors.As(err, &answered) || errors.As(err, &away)
	if ctx.Err() != nil || s.settings.Server == "" || errors.As(err, &notNow) || !noToken && !refused && !elsewhere {
		return err
	}
	o, failed := s.homeOptions(env, network)
	if failed != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, advicePatience)
	defer cancel()
	if hint := otherDomainHint(ctx, o); hint != "" {
		return &advised{err: err, hint: hint}
	}
	if noToken || refused {
		return &advised{err: err, hint: tokenHint(s.settings.Server, softwareOf(ctx, o), "")}
	}
	return err
}

// adviseOnToken gives the hint for home's software to an error about a token that
// home had accepted.
func adviseOnToken(err error, server string, software fediverse.Software) error {
	var unauthorized *backfill.UnauthorizedError
	if !errors.As(err, &unauthorized) {
		return err
	}
	return &advised{err: err, hint: tokenHint(server, software.Name, unauthorized.Scope)}
}

// otherDomainHint names the server that has the API, for people who have named the
// domain of its handles.
func otherDomainHint(ctx context.Context, o mastodon.Options) string {
	web := mastodon.WebDomain(ctx, o, "")
	if web == "" {
		return ""
	}
	return otherServerHint(o.Server, web)
}

// softwareOf is the name of the software that a server runs; empty if it does not
// say.
func softwareOf(ctx context.Context, o mastodon.Options) string {
	o.Rate = limit.Unlimited
	server, err := mastodon.New(o)
	if err != nil {
		return ""
	}
	defer server.Close()
	software, err := server.Software(ctx)
	if err != nil {
		return ""
	}
	return software.Name
}
