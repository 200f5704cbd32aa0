package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// Post sends JSON and reads the JSON page that comes back, for APIs that list
// by POST (Misskey). It is for requests that change nothing: like a GET, it is
// repeated after a pause that the host asks for. It follows no redirects.
// Errors are those of [Client.Get].
func (c *Client) Post(ctx context.Context, r Request, body []byte) (*Document, error) {
	if r.Kind != JSONPage {
		return nil, fmt.Errorf("a POST of kind %d", r.Kind)
	}
	rules, err := rulesOf(r.Kind)
	if err != nil {
		return nil, err
	}
	rules.redirects, rules.post = 0, body
	return c.followBy(ctx, r, rules, c.permit(rules.crawled))
}

// carry turns a request into a POST if there is something to send, and makes a GET
// conditional if something is known.
func (r rules) carry(request *http.Request) {
	if r.post == nil {
		r.known.set(request.Header)
		return
	}
	request.Method = http.MethodPost
	request.Header.Set("Content-Type", "application/json")
	request.ContentLength = int64(len(r.post))
	request.Body = io.NopCloser(bytes.NewReader(r.post))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.post)), nil }
}
