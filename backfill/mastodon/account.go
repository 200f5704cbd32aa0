package mastodon

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	api "github.com/mattn/go-mastodon"

	"tootfill/backfill"
)

// searchLimit leaves room for accounts that only look similar.
const searchLimit = 5

// Account finds h: by accounts/lookup, which fetches nothing, and if home does
// not know it by accounts/search, which lets home fetch it (Mastodon
// app/controllers/api/v1/accounts). The handle of the result may differ from h
// where the account's domain is not the host it lives on.
func (s *Server) Account(ctx context.Context, h backfill.Handle) (backfill.Account, error) {
	return s.find(ctx, h, s.resolve)
}

// Known finds h by accounts/lookup alone.
func (s *Server) Known(ctx context.Context, h backfill.Handle) (backfill.Account, error) {
	return s.find(ctx, h, func(context.Context, backfill.Handle) (*api.Account, error) {
		return nil, backfill.ErrNoAccount
	})
}

// find looks h up, and if home does not know it, by the second way.
func (s *Server) find(ctx context.Context, h backfill.Handle,
	unknown func(context.Context, backfill.Handle) (*api.Account, error)) (backfill.Account, error) {
	a, err := s.api.AccountLookup(ctx, h.String())
	if err = s.explain(err); status(err) == http.StatusNotFound {
		a, err = unknown(ctx, h)
	}
	var found backfill.Account
	if err == nil {
		found, err = s.account(ctx, a)
	}
	if err != nil {
		return backfill.Account{}, fmt.Errorf("looking up %s at %s: %w", h, s.Host(), err)
	}
	return found, nil
}

// resolve has home fetch an account. Home adds accounts with similar names to
// its answer, and gives nothing else if it can not fetch the right one (Mastodon
// app/services/account_search_service.rb).
func (s *Server) resolve(ctx context.Context, h backfill.Handle) (*api.Account, error) {
	found, err := s.api.AccountsSearchResolve(ctx, "@"+h.String(), searchLimit, true)
	if err != nil {
		return nil, s.unusable(s.explain(err))
	}
	found = slices.DeleteFunc(found, func(a *api.Account) bool { return a == nil })
	for _, a := range found {
		if got, err := backfill.ParseHandle(a.Acct); err == nil && got == h {
			return a, nil
		}
	}
	if len(found) == 1 {
		if livesAt(found[0], h) {
			return found[0], nil
		}
		return nil, fmt.Errorf("%w; it offers %s instead", backfill.ErrNoAccount, clean(found[0].Acct))
	}
	return nil, backfill.ErrNoAccount
}

// livesAt says whether h names the account by the host that it lives on instead
// of by its domain.
func livesAt(a *api.Account, h backfill.Handle) bool {
	if !strings.EqualFold(a.Username, h.User) {
		return false
	}
	for _, link := range []string{a.URI, a.URL} {
		if u, err := url.Parse(link); err == nil {
			if o, err := originOf(u); err == nil && o.host == h.Domain {
				return true
			}
		}
	}
	return false
}

// account is a as package backfill knows it.
func (s *Server) account(ctx context.Context, a *api.Account) (backfill.Account, error) {
	if a.ID == "" {
		return backfill.Account{}, &backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "an account without an id"}
	}
	h, err := s.handle(ctx, a.Acct)
	if err != nil {
		return backfill.Account{}, err
	}
	found := backfill.Account{
		ID: string(a.ID), Handle: h, Username: a.Username,
		URI: a.URI, URL: a.URL, DisplayName: a.DisplayName, Note: a.Note,
		Local: !strings.Contains(a.Acct, "@"),
	}
	if a.Moved != nil {
		if found.MovedTo, err = s.handle(ctx, a.Moved.Acct); err != nil {
			return backfill.Account{}, fmt.Errorf("reading where it has moved to: %w", err)
		}
	}
	return found, nil
}

// UnreadableAccountError: home names an account in a way that is no handle.
type UnreadableAccountError struct {
	// Acct is the name, fit to be shown.
	Acct string
	*backfill.AnswerError
}

func (e *UnreadableAccountError) Unwrap() error { return e.AnswerError }

// handle reads an acct, which has no domain for home's own accounts.
func (s *Server) handle(ctx context.Context, acct string) (backfill.Handle, error) {
	full := acct
	if !strings.Contains(acct, "@") {
		domain, err := s.localDomain(ctx)
		if err != nil {
			return backfill.Handle{}, err
		}
		full += "@" + domain
	}
	h, err := backfill.ParseHandle(full)
	if err != nil {
		// not passed on: it is advice for somebody who has typed the handle
		return backfill.Handle{}, &UnreadableAccountError{Acct: clean(acct), AnswerError: &backfill.AnswerError{
			Server: s.Host(), Status: http.StatusOK, Message: "an account whose name " + err.Error()}}
	}
	return h, nil
}

// relationship is what accounts/relationships tells. The library's own type
// lacks blocked_by.
type relationship struct {
	ID             api.ID `json:"id"`
	Following      bool   `json:"following"`
	Requested      bool   `json:"requested"`
	Blocking       bool   `json:"blocking"`
	BlockedBy      bool   `json:"blocked_by"`
	DomainBlocking bool   `json:"domain_blocking"`
}

// Standing says how the token's account stands to a.
func (s *Server) Standing(ctx context.Context, a backfill.Account) (backfill.Standing, error) {
	var all []relationship
	_, err := s.get(ctx, "/api/v1/accounts/relationships", url.Values{"id[]": {a.ID}}, &all)
	if err != nil {
		return backfill.Standing{}, fmt.Errorf("asking %s about the follow of %s: %w", s.Host(), a.Handle, err)
	}
	for _, r := range all {
		if string(r.ID) == a.ID {
			return backfill.Standing{
				Following: r.Following, Requested: r.Requested,
				Blocking: r.Blocking, BlockedBy: r.BlockedBy, DomainBlocking: r.DomainBlocking,
			}, nil
		}
	}
	return backfill.Standing{}, fmt.Errorf("asking %s about the follow of %s: %w", s.Host(), a.Handle,
		&backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "it does not mention the account"})
}
