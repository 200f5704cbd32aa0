package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	api "github.com/mattn/go-mastodon"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/loosejson"
)

// searchLimit leaves room for accounts with similar names.
const searchLimit = 5

// Account finds h through accounts/lookup, which fetches nothing, or, if home does
// not know it, through accounts/search, which has home fetch it (Mastodon
// app/controllers/api/v1/accounts). The handle of the result may differ from h if
// the account's domain is not the host on which it lives.
func (s *Server) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return s.AccountSpelled(ctx, h, h.User)
}

// AccountSpelled is Account for a user part as it was typed. Home passes it on to
// the account's own server as it is (Mastodon
// app/services/resolve_account_service.rb).
func (s *Server) AccountSpelled(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	return s.find(ctx, h, func(ctx context.Context, h fediverse.Handle) (accountEntity, error) {
		return s.resolve(ctx, h, spelling)
	})
}

// Known finds h through accounts/lookup only.
func (s *Server) Known(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return s.find(ctx, h, func(context.Context, fediverse.Handle) (accountEntity, error) {
		return accountEntity{}, backfill.ErrNoAccount
	})
}

// find looks h up in one way and, if home does not know it, in a second.
func (s *Server) find(ctx context.Context, h fediverse.Handle,
	unknown func(context.Context, fediverse.Handle) (accountEntity, error)) (fediverse.Account, error) {
	var a accountEntity
	err := s.read(&a, func(c *api.Client) error {
		_, err := c.AccountLookup(ctx, h.String())
		return err
	})
	if status(err) == http.StatusNotFound {
		a, err = unknown(ctx, h)
	}
	return s.found(ctx, h, a, err)
}

// Fetch finds h through accounts/search only.
func (s *Server) Fetch(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	a, err := s.resolve(ctx, h, spelling)
	return s.found(ctx, h, a, err)
}

// found is what came of looking h up.
func (s *Server) found(ctx context.Context, h fediverse.Handle, a accountEntity, err error) (fediverse.Account, error) {
	var found fediverse.Account
	if err == nil {
		found, err = s.account(ctx, a)
	}
	if err != nil {
		return fediverse.Account{}, fmt.Errorf("looking up %s at %s: %w", h, s.Host(), err)
	}
	return found, nil
}

// resolve has home fetch an account. Home adds accounts with similar names to
// its answer, and gives nothing else if it cannot fetch the right one (Mastodon
// app/services/account_search_service.rb).
func (s *Server) resolve(ctx context.Context, h fediverse.Handle, spelling string) (accountEntity, error) {
	var list []loosejson.Maybe[accountEntity]
	err := s.read(&list, func(c *api.Client) error {
		_, err := c.AccountsSearchResolve(ctx, "@"+spelling+"@"+h.Domain, searchLimit, true)
		return err
	})
	if err != nil {
		return accountEntity{}, s.unusable(err)
	}
	found := slices.DeleteFunc(loosejson.Values(list), func(a accountEntity) bool { return a.ID == "" })
	for _, a := range found {
		if got, err := fediverse.ParseHandle(string(a.Acct)); err == nil && got == h {
			return a, nil
		}
	}
	if len(found) == 1 {
		if livesAt(found[0], h) {
			return found[0], nil
		}
		return accountEntity{}, fmt.Errorf("%w; it offers %s instead", backfill.ErrNoAccount, clean(string(found[0].Acct)))
	}
	return accountEntity{}, s.notFound(ctx, h)
}

// notFound is ErrNoAccount, with the reason if home gives one.
func (s *Server) notFound(ctx context.Context, h fediverse.Handle) error {
	limited, err := s.LimitedFederation(ctx)
	switch {
	case err != nil:
		return err
	case !limited:
		return backfill.ErrNoAccount
	}
	return &backfill.Hinted{Err: backfill.ErrNoAccount,
		Hint: backfill.Say(s.Host() + " federates only with servers that its admins have allowed: is " + h.Domain + " among them? check the spelling as well")}
}

// livesAt reports whether h names the account by the host on which it lives instead
// of by its domain.
func livesAt(a accountEntity, h fediverse.Handle) bool {
	return strings.EqualFold(string(a.Username), h.User) && isOn(a, h.Domain)
}

// isOn reports whether the account lives on a host.
func isOn(a accountEntity, host string) bool {
	for _, link := range []loosejson.Text{a.URI, a.URL} {
		if host != "" && fediverse.HostOf(string(link)) == host {
			return true
		}
	}
	return false
}

// account converts a to the account of package fediverse.
func (s *Server) account(ctx context.Context, a accountEntity) (fediverse.Account, error) {
	if a.ID == "" {
		return fediverse.Account{}, s.unreadable(a, "an account without an id")
	}
	h, err := s.handle(ctx, a)
	if err != nil {
		return fediverse.Account{}, err
	}
	found := fediverse.Account{
		ID: string(a.ID), Handle: h, Username: string(a.Username),
		URI: string(a.URI), URL: string(a.URL), DisplayName: string(a.DisplayName), Note: string(a.Note),
		Posts: max(0, a.Posts.Value), Local: !strings.Contains(string(a.Acct), "@"), SuspendedByHome: bool(a.Suspended),
	}
	if found.MovedTo, err = s.movedTo(ctx, a); err != nil {
		return fediverse.Account{}, fmt.Errorf("reading where it has moved to: %w", err)
	}
	return found, nil
}

// movedTo is the handle of the account to which a has moved. If it cannot be read,
// the origin will say.
func (s *Server) movedTo(ctx context.Context, a accountEntity) (fediverse.Handle, error) {
	if a.Moved.Value == nil {
		return fediverse.Handle{}, nil
	}
	h, err := s.handle(ctx, *a.Moved.Value)
	var unreadable *UnreadableAccountError
	if errors.As(err, &unreadable) {
		return fediverse.Handle{}, nil
	}
	return h, err
}

// UnreadableAccountError: home sent an account without an id, or with a name that
// makes no valid handle.
type UnreadableAccountError struct {
	// Acct is the name, fit to be shown.
	Acct string
	*backfill.AnswerError
}

func (e *UnreadableAccountError) Unwrap() error { return e.AnswerError }

// Is says that it is home.ErrUnreadableAccount.
func (e *UnreadableAccountError) Is(target error) bool { return target == home.ErrUnreadableAccount }

func (s *Server) unreadable(a accountEntity, message string) error {
	return &UnreadableAccountError{Acct: clean(string(a.Acct)), AnswerError: &backfill.AnswerError{
		Server: s.Host(), Status: http.StatusOK, Message: message}}
}

// handle reads an acct, which has no domain for home's own accounts.
func (s *Server) handle(ctx context.Context, a accountEntity) (fediverse.Handle, error) {
	acct := string(a.Acct)
	full := acct
	if !strings.Contains(acct, "@") {
		domain, err := s.localDomain(ctx)
		if err != nil {
			return fediverse.Handle{}, err
		}
		full += "@" + domain
	}
	h, err := fediverse.ParseHandle(full)
	if err != nil {
		// not passed on: it is advice for somebody who typed the handle
		return fediverse.Handle{}, s.unreadable(a, "an account whose name "+err.Error())
	}
	return h, nil
}
