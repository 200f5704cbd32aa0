package mastodon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"tootfill/backfill"
)

const (
	// answerTimeout bounds one request with its answer. An import may keep home
	// busy until the proxy before it gives up, after 120 s (Mastodon
	// dist/nginx.conf).
	answerTimeout = 150 * time.Second
	// bodyLimit is the most that is read of an answer, in bytes.
	bodyLimit = 8 << 20
	// mostTries bounds how often a request is sent if home asks for a pause each
	// time.
	mostTries = 5
)

var (
	// errNoAnswer: the request was sent, but its answer took too long.
	errNoAnswer = fmt.Errorf("no answer within %s", answerTimeout)
	// errCutShort: the answer broke off.
	errCutShort = errors.New("the answer broke off")
	errTooLong  = fmt.Errorf("the answer is longer than %d MiB", bodyLimit>>20)
)

// transport sends requests to home and nowhere else. It returns a complete answer
// with 200, 202 or a redirect, or else one of package backfill's errors.
type transport struct {
	home      origin
	token     string
	userAgent string
	base      http.RoundTripper
	clock     backfill.Clock
	gate      *gate
	// permit is Options.Permit.
	permit func(ctx context.Context) error
	// requests counts those that were sent, and limited those of them that were answered
	// with 429.
	requests, limited atomic.Int64
}

func newTransport(home origin, o Options) *transport {
	return &transport{
		home: home, token: o.Token, userAgent: o.UserAgent, clock: o.Clock,
		gate: newGate(home.host, o), permit: o.Permit,
		base: newConnections(home, o),
	}
}

// answer is a complete answer of home.
type answer struct {
	status int
	header http.Header
	body   []byte
	// at is when its headers arrived.
	at time.Time
}

// RoundTrip sends a request when home's limits allow it, and sends it again
// after a pause that home asked for. A POST is sent only once.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.home.is(req.URL) {
		return nil, fmt.Errorf("a request to %s instead of %s", req.URL.Host, t.home)
	}
	for try := 1; ; try++ {
		a, err := t.attempt(req)
		if err != nil {
			return nil, t.failed(req, err)
		}
		if !a.asksForPause() || req.Method != http.MethodGet {
			t.gate.fine()
			return t.judge(req, a)
		}
		until := retryAt(a.status, a.header, a.at)
		if err := t.gate.pause(req.Context(), until, a.at); err != nil {
			return nil, err
		}
		if try == mostTries {
			return nil, &backfill.UnavailableError{Server: t.home.host, Err: &backfill.NotNowError{
				Status: a.status, RetryAt: until, Message: a.message()}}
		}
	}
}

// asksForPause: a 429, or a 503 that names a time (GoToSocial while it starts).
func (a *answer) asksForPause() bool {
	return a.status == http.StatusTooManyRequests ||
		a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != ""
}

// attempt waits for its turn, sends the request once and reads the answer.
func (t *transport) attempt(req *http.Request) (*answer, error) {
	turn, err := t.gate.enter(req.Context(), pages(req.URL))
	if err != nil {
		return nil, err
	}
	if t.permit != nil {
		if err := t.permit(req.Context()); err != nil {
			t.gate.leave(turn, nil, t.clock.Now())
			return nil, err
		}
	}
	t.requests.Add(1)
	a, err := t.send(req)
	if err == nil && a.status == http.StatusTooManyRequests {
		t.limited.Add(1)
	}
	var header http.Header
	now := t.clock.Now()
	// a POST may have limits of its own, which say nothing about the others
	if err == nil && req.Method == http.MethodGet {
		header, now = a.header, a.at
	}
	t.gate.leave(turn, header, now)
	return a, err
}

func (t *transport) send(req *http.Request) (*answer, error) {
	caller := underWay(req.Context())
	ctx, cancel := context.WithTimeout(caller, answerTimeout)
	defer cancel()
	resp, err := t.base.RoundTrip(t.prepare(req.Clone(ctx)))
	if err != nil {
		return nil, sendError(caller, ctx, err)
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header, at: t.clock.Now()}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, bodyLimit+1))
	switch {
	case err != nil && a.status == http.StatusAccepted && req.Method == http.MethodPost:
		// Its status and headers say everything; only the body is missing.
	case err != nil && ctx.Err() != nil:
		return nil, sendError(caller, ctx, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errCutShort, backfill.WithoutSource(err))
	case len(a.body) > bodyLimit:
		return nil, errTooLong
	}
	return a, nil
}

// sendError distinguishes the end of the caller's context and a time-out from
// other errors. A connection that was not made in time is not a time-out of the
// answer.
func sendError(caller, ctx context.Context, err error) error {
	var unconnected *connectError
	switch {
	case caller.Err() != nil:
		return caller.Err()
	case ctx.Err() == nil, errors.As(err, &unconnected):
		return backfill.WithoutSource(err)
	}
	return errNoAnswer
}

// prepare adds what every request to home carries. It is the only place that uses
// the token.
func (t *transport) prepare(req *http.Request) *http.Request {
	req.Header.Del("Authorization")
	if t.token != "" {
		req.Header.Set("Authorization", "Bearer "+t.token)
	}
	if t.userAgent != "" {
		req.Header.Set("User-Agent", t.userAgent)
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	return req
}

// failed is the error for a request that has no answer.
func (t *transport) failed(req *http.Request, err error) error {
	var away *backfill.UnavailableError
	var own *pauseError
	if errors.As(err, &away) || errors.As(err, &own) {
		return err
	}
	if ctxErr := req.Context().Err(); ctxErr != nil && errors.Is(err, ctxErr) {
		return ctxErr
	}
	var clear *ClearTextError
	if errors.As(err, &clear) {
		return clear
	}
	if errors.Is(err, errTooLong) {
		return &backfill.AnswerError{Server: t.home.host, Status: http.StatusOK, Message: err.Error()}
	}
	var unconnected *connectError
	return &backfill.UnavailableError{Server: t.home.host, Unsent: errors.As(err, &unconnected), Late: errors.Is(err, errNoAnswer), Err: err}
}

// judge passes on the answers that callers read, and turns the rest into errors.
func (t *transport) judge(req *http.Request, a *answer) (*http.Response, error) {
	redirect := a.status/100 == 3 && a.header.Get("Location") != ""
	if !redirect {
		if err := t.verdict(req, a); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)),
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Request: req,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

// pages reports whether home counts a request towards its limit for paging
// (Mastodon config/initializers/rack_attack.rb).
func pages(u *url.URL) bool {
	q := u.Query()
	for _, name := range []string{"page", "min_id", "max_id", "since_id"} {
		if q.Get(name) != "" {
			return true
		}
	}
	return false
}

type underWayKey struct{}

// finishing marks a context whose end does not break off a request in flight.
func finishing(ctx context.Context) context.Context {
	return context.WithValue(ctx, underWayKey{}, true)
}

// underWay is the context for a request that has its turn.
func underWay(ctx context.Context) context.Context {
	if ctx.Value(underWayKey{}) != nil {
		return context.WithoutCancel(ctx)
	}
	return ctx
}
