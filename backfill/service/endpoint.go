package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	// longestBody is the most that a request may carry, in bytes. None needs any.
	longestBody = 4 << 10
	// answerTime bounds the work on one request.
	answerTime = 30 * time.Second
)

// Endpoint answers requests for /api/v1/accounts/:id/backfill in Mastodon's manners:
// POST asks for a backfill, GET and HEAD tell how far it has come. Any other path or
// method is 404, as in Mastodon, whose routes end with one for everything else
// (config/routes.rb, unmatched_route).
//
// Who asks is told by the Authorization header alone. What home is called, and
// where it is, never comes from a request.
type Endpoint struct {
	// Tokens tells who asks.
	Tokens *Tokens
	// Accounts tells what is asked for, and how who asks stands to it.
	Accounts Accounts
	Queue    Queue
	Bounds   Bounds
	Clock    backfill.Clock
	// Proxies may say for whom they ask.
	Proxies Proxies
	// Ready, if not nil, returns an error while there is no point in noting anything,
	// as when home's Redis is away.
	Ready func(context.Context) error
	// Failed, if not nil, is told why a request was answered with 500 or 503.
	Failed func(error)
}

// Accounts are those that home knows.
type Accounts interface {
	// AccountWithID finds the account with an id at home. An error may be, or wrap,
	// backfill.ErrNoAccount or home.ErrUnreadableAccount.
	AccountWithID(ctx context.Context, id string) (fediverse.Account, error)
	// StandingOf says how the local account with the id asker, and home as a whole,
	// stand to a.
	StandingOf(ctx context.Context, a fediverse.Account, asker string) (backfill.Standing, error)
}

func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			e.failed(fmt.Errorf("answering a request: %v", v))
			write(w, http.StatusInternalServerError, errorEntity{Error: http.StatusText(http.StatusInternalServerError)})
		}
	}()
	if preflight(w.Header(), r) {
		return
	}
	setHeaders(w.Header())
	id, found := accountIn(r.URL.Path)
	if !found || !routed(r.Method) {
		write(w, http.StatusNotFound, errorEntity{Error: http.StatusText(http.StatusNotFound)})
		return
	}
	if !bodyFits(w, r) {
		write(w, http.StatusRequestEntityTooLarge, errorEntity{Error: http.StatusText(http.StatusRequestEntityTooLarge)})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	status, body, err := e.answer(ctx, r, id)
	if err != nil {
		status, body = e.refusal(w.Header(), err)
		if status == http.StatusServiceUnavailable && r.Context().Err() == nil {
			e.failed(err)
		}
	}
	write(w, status, body)
}

// answer checks who asks, then for what, and then asks the queue.
func (e *Endpoint) answer(ctx context.Context, r *http.Request, id string) (status int, body any, err error) {
	token, ok := bearer(r.Header)
	if !ok {
		return 0, nil, &DeniedError{Status: http.StatusUnauthorized}
	}
	asker, err := e.Tokens.Owner(ctx, token, e.Proxies.client(r))
	if err != nil {
		return 0, nil, err
	}
	a, err := e.find(ctx, id, asker)
	if err != nil {
		return 0, nil, err
	}
	if r.Method != http.MethodPost {
		p, err := e.Queue.Progress(ctx, a.Handle)
		return http.StatusOK, newProgressEntity(a, p), err
	}
	p, err := e.ask(ctx, Asking{Account: a.Handle, ID: a.ID, By: asker})
	return http.StatusAccepted, newPlaceEntity(a, p), err
}

func (e *Endpoint) ask(ctx context.Context, a Asking) (Place, error) {
	if e.Ready != nil {
		if err := e.Ready(ctx); err != nil {
			return Place{}, err
		}
	}
	return e.Queue.Ask(ctx, a, e.Bounds)
}

func (e *Endpoint) failed(err error) {
	if e.Failed != nil {
		e.Failed(err)
	}
}

// accountIn is the id in a path of the endpoint. Rails ignores a slash at the end.
func accountIn(path string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/api/v1/accounts/")
	if !ok {
		return "", false
	}
	id, ok = strings.CutSuffix(strings.TrimSuffix(rest, "/"), "/backfill")
	return id, ok && id != "" && !strings.Contains(id, "/")
}

func routed(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodPost
}

// bodyFits reads what a request carries, to no end but to know how much it is.
func bodyFits(w http.ResponseWriter, r *http.Request) bool {
	if r.ContentLength > longestBody {
		w.Header().Set("Connection", "close")
		return false
	}
	_, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, longestBody))
	var long *http.MaxBytesError
	return !errors.As(err, &long)
}
