package mastodon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Request asks home to backfill an account by itself. No release of Mastodon, and so
// not the library, has this endpoint; a server without it answers 404, 405 or 501.
func (s *Server) Request(ctx context.Context, a fediverse.Account) error {
	if err := s.request(ctx, a); err != nil {
		return fmt.Errorf("requesting a backfill of %s at %s: %w", a.Handle, s.Host(), err)
	}
	return nil
}

func (s *Server) request(ctx context.Context, a fediverse.Account) error {
	u := s.home.String() + "/api/v1/accounts/" + url.PathEscape(a.ID) + "/backfill"
	req, err := http.NewRequestWithContext(finishing(ctx), http.MethodPost, u, nil)
	if err != nil {
		return s.explain(err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return unwilling(s.explain(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		return &backfill.AnswerError{Server: s.Host(), Status: resp.StatusCode, Message: "it did not say that the request was accepted"}
	}
	return nil
}

// unwilling recognises the answers of a home that lacks the endpoint, or that will
// not backfill now or ever. Something in front of home, such as a maintenance page,
// does not speak for the endpoint.
func unwilling(err error) error {
	var r *refusal
	switch status(err) {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		if errors.As(err, &r) && r.noRecord() {
			return &backfill.LeftAloneError{Cause: cmp.Or(r.cause, backfill.NoAccount), Message: r.Message}
		}
		return backfill.ErrNoEndpoint
	case http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if !errors.As(err, &r) || !r.own {
			return err
		}
		if r.Status == http.StatusUnprocessableEntity && r.cause != "" {
			return &backfill.LeftAloneError{Cause: r.cause, Message: r.Message}
		}
		return &backfill.NotNowError{Status: r.Status, RetryAt: r.retryAt, Message: r.Message}
	}
	return err
}

// noRecord reports whether an answer speaks of an account and not of the endpoint.
// Mastodon says "Not Found" where there is no route, and "Record not found" where there is
// no such record (app/controllers/concerns/api/error_handling.rb).
func (r *refusal) noRecord() bool {
	return r.own && r.Status == http.StatusNotFound && (r.cause != "" || strings.EqualFold(r.Message, "Record not found"))
}
