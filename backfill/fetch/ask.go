package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/mediatype"
)

// maxTries is how often a request is sent if the host asks for short pauses.
const maxTries = 3

// answer is a host's answer: a document, or the address of one.
type answer struct {
	document *Document
	location string
	// contradicts says that the host claims that a known document is unchanged, but
	// names another one.
	contradicts bool
}

// pauseRequest: the host asks to be left alone for a while.
type pauseRequest struct {
	d time.Duration
}

func (e *pauseRequest) Error() string { return fmt.Sprintf("asks to wait %s", e.d) }

// ask sends a request, signed if the kind of document calls for it.
func (c *Client) ask(ctx context.Context, t target, r rules) (answer, error) {
	h := c.hosts.borrow(t.host)
	defer c.hosts.giveBack(h)
	if c.signer == nil || !r.signed {
		return c.askHost(ctx, h, t, r, unsigned)
	}
	return c.askSigned(ctx, h, t, r)
}

// askHost sends one request, and repeats it after each pause that the host asks
// for, as long as the pauses are short and few.
func (c *Client) askHost(ctx context.Context, h *host, t target, r rules, s scheme) (answer, error) {
	for try := 1; ; try++ {
		if err := c.enter(ctx, h); err != nil {
			return answer{}, err
		}
		a, err := c.send(ctx, h, t, r, s)
		var pause *pauseRequest
		if errors.As(err, &pause) {
			if try == maxTries {
				pause.d = max(pause.d, sittable+time.Second)
			}
			err = c.pause(ctx, h, pause.d)
		}
		c.leave(ctx, h)
		if err != nil || pause == nil {
			return a, err
		}
	}
}

// send sends one request and reads its answer.
func (c *Client) send(ctx context.Context, h *host, t target, r rules, s scheme) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	request := (&http.Request{
		Method: http.MethodGet,
		URL:    t.url,
		Host:   t.host,
		Header: http.Header{"Accept": {r.accept}, "User-Agent": {c.userAgent}},
	}).WithContext(limited)
	r.carry(request)
	if err := c.sign(request, s); err != nil {
		return answer{}, t.fail(backfill.Forbidden, err)
	}
	if err := c.mayAsk(ctx); err != nil {
		return answer{}, err
	}
	c.requests.Add(1)
	response, err := h.transport.RoundTrip(request)
	if err != nil {
		return answer{}, noAnswer(ctx, t, err)
	}
	defer finish(response)
	if response.StatusCode == http.StatusTooManyRequests {
		c.limited.Add(1)
	}
	a, err := c.read(t, r, s, response)
	switch {
	case ctx.Err() != nil:
		return answer{}, ctx.Err()
	case limited.Err() != nil:
		// Even without an error: a server that sees the connection close may end
		// its answer properly, but too early.
		return answer{}, t.fail(backfill.Unreachable, fmt.Errorf("the answer was not complete within %s", answerTimeout))
	}
	return a, err
}

// finish closes the body. A short rest of it is read first, so that the
// connection can be used again.
func finish(response *http.Response) {
	if n := response.ContentLength; n > 0 && n <= 16<<10 {
		_, _ = io.Copy(io.Discard, response.Body) // the answer has been judged already
	}
	_ = response.Body.Close()
}

// noAnswer finds out why a request got no answer.
func noAnswer(ctx context.Context, t target, err error) error {
	var blocked *blockedError
	switch {
	case errors.As(err, &blocked):
		return t.fail(backfill.Forbidden, blocked)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		err = errors.New("no answer in time")
	}
	return t.down(backfill.Unreachable, err)
}

// read judges an answer and reads its document.
func (c *Client) read(t target, r rules, s scheme, response *http.Response) (answer, error) {
	failed := &StatusError{Status: response.StatusCode, Signed: s != unsigned}
	walled, err := isWall(response)
	switch {
	case err != nil:
		return answer{}, t.fail(backfill.Unreachable, fmt.Errorf("the answer broke off: %w", err))
	case walled:
		failed.Wall = true
		return answer{}, t.fail(backfill.Walled, failed)
	}
	switch status := response.StatusCode; {
	case status == http.StatusOK:
		document, err := readDocument(t, r, response)
		return answer{document: document}, err
	case status == http.StatusNotModified && !r.known.IsZero():
		return notModified(t, r, response), nil
	case isRedirect(status):
		return answer{location: response.Header.Get("Location")}, nil
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		if d, ok := pauseOf(response, c.clock.Now()); ok {
			return answer{}, &pauseRequest{d: d}
		}
	}
	if isDown(response.StatusCode) {
		return answer{}, t.down(backfill.ServerError, failed)
	}
	return answer{}, t.fail(failed.cause(r), failed)
}

// isDown reports whether a status comes from a proxy that gets no answer of the server
// behind it. From 520 on they are Cloudflare's
// (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
func isDown(status int) bool {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return status >= 520 && status <= 530
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// StatusError: a host answered with an HTTP status other than 200, or something in
// front of it answered instead.
type StatusError struct {
	Status int
	// Signed says that the request carried a signature.
	Signed bool
	// Wall says that the answer was not the host's own.
	Wall bool
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("answered %d", e.Status)
	if name := http.StatusText(e.Status); name != "" {
		text += " " + name
	}
	if e.Wall {
		text += " with a web page that keeps programs out"
	}
	if e.Signed && causeOf(e.Status) == backfill.NeedsSignature {
		text += " although the request was signed"
	}
	return text
}

// cause is what a status means. A server that refuses a signed request does not
// want a signature: its admins, or something in front of it, keep home out. Nor
// does one that refuses a request that is never signed: its API or feed is then not
// public.
func (e *StatusError) cause(r rules) backfill.Cause {
	cause := causeOf(e.Status)
	switch {
	case cause != backfill.NeedsSignature, r.signed && !e.Signed:
		return cause
	case r.crawled:
		return backfill.NoOutbox
	}
	return backfill.Walled
}

func causeOf(status int) backfill.Cause {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return backfill.NeedsSignature
	case status == http.StatusNotFound:
		return backfill.NotFound
	case status == http.StatusGone:
		return backfill.Gone
	case status >= 500:
		return backfill.ServerError
	}
	return backfill.Malformed
}

// readDocument reads the body, which the transport has already decompressed.
func readDocument(t target, r rules, response *http.Response) (*Document, error) {
	contentType := mediatype.Parse(response.Header.Get("Content-Type"))
	if !r.accepts(contentType) {
		err := fmt.Errorf("unexpected content type %q", cleantext.Shorten(response.Header.Get("Content-Type")))
		return nil, t.fail(backfill.Malformed, err)
	}
	if encoding := response.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, t.fail(backfill.Malformed, fmt.Errorf("unexpected content encoding %q", cleantext.Shorten(encoding)))
	}
	tooBig := fmt.Errorf("the answer is bigger than %d bytes", r.limit)
	if response.ContentLength > r.limit && !r.cut {
		return nil, t.fail(backfill.Malformed, tooBig)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, r.limit+1))
	switch {
	case err != nil:
		return nil, t.fail(backfill.Unreachable, fmt.Errorf("the answer broke off: %w", err))
	case int64(len(body)) > r.limit && !r.cut:
		return nil, t.fail(backfill.Malformed, tooBig)
	}
	body = body[:min(int64(len(body)), r.limit)]
	return &Document{URL: t.url.String(), ContentType: contentType, Body: body, Links: response.Header.Values("Link"), Validators: validatorsOf(response.Header)}, nil
}
