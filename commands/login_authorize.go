package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill/oauth"
	"tootfill/commands/report"
)

// loginPatience is how long a person may take to let tootfill in. Mastodon's codes are
// good for as long (config/initializers/doorkeeper.rb).
const loginPatience = 10 * time.Minute

var (
	errTooLate = fmt.Errorf("nobody has let tootfill in within %d minutes", int(loginPatience.Minutes()))
	errNoCode  = errors.New("no code was given")
)

// authorize has a person let tootfill in.
func (l *login) authorize(ctx context.Context, server loginServer) (oauth.App, oauth.Token, error) {
	pkce, err := server.TakesPKCE(ctx)
	if err != nil {
		return oauth.App{}, oauth.Token{}, err
	}
	request := oauth.NewRequest(oauth.App{}, oauth.OutOfBand, scopesToAsk(l.flags.Lists), pkce)
	ask := l.askForCode
	if command := l.env.browser(); command != nil && !l.flags.Code {
		back, err := oauth.Listen(request.State)
		if err != nil {
			return oauth.App{}, oauth.Token{}, err
		}
		defer back.Close() // nothing depends on how a listener closes
		request.Redirect = back.Redirect()
		ask = func(ctx context.Context, page string) (string, error) {
			return l.waitForBrowser(ctx, command, page, back)
		}
	}
	if request.App, err = server.Register(ctx, request.Redirect, request.Scopes); err != nil {
		return oauth.App{}, oauth.Token{}, err
	}
	code, err := l.inTime(ctx, server.AuthorizePage(request), ask)
	if err != nil {
		return oauth.App{}, oauth.Token{}, notBy(server.Host(), err)
	}
	token, err := server.Exchange(ctx, request, code)
	return request.App, token, err
}

// notBy says who has refused.
func notBy(server string, err error) error {
	var refused *oauth.RefusedError
	if errors.As(err, &refused) {
		return fmt.Errorf("%s did not let tootfill in: %w", server, err)
	}
	return err
}

// inTime asks a person, for as long as that may take.
func (l *login) inTime(ctx context.Context, page string, ask func(ctx context.Context, page string) (string, error)) (string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		if l.env.Clock.Wait(ctx, loginPatience) == nil {
			cancel(errTooLate)
		}
	}()
	return ask(ctx, page)
}

// askForCode shows the page, and reads the code that it has shown.
func (l *login) askForCode(ctx context.Context, page string) (string, error) {
	l.say("open this page in a browser and let tootfill in:")
	l.show(page)
	code, err := l.streams.Prompt(ctx, l.env.Stdin, "tootfill: paste the code that the page shows: ")
	if err == nil && code == "" {
		err = errNoCode
	}
	return code, err
}

// waitForBrowser opens the page, and waits for the browser to come back. The person may
// as well open the page.
func (l *login) waitForBrowser(ctx context.Context, command []string, page string, back *oauth.Loopback) (string, error) {
	l.say("let tootfill in on the page that opens in your browser; if none does, open it yourself (--code is for a browser on another machine):")
	l.show(page)
	opened := openPage(ctx, command, page)
	type result struct {
		code string
		err  error
	}
	came := make(chan result, 1)
	go func() {
		code, err := back.Code(ctx)
		came <- result{code, err}
	}()
	for {
		select {
		case err := <-opened:
			if err != nil {
				report.Warn(l.env.Stderr, "the browser did not open: "+err.Error(), "")
			}
			opened = nil
		case r := <-came:
			return r.code, r.err
		}
	}
}

// show shows an address on a line of its own, whole.
func (l *login) show(page string) {
	_ = report.WriteText(l.env.Stderr, "  "+page+"\n") // as in say
}
