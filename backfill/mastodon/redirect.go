package mastodon

import (
	"net/http"

	"tootfill/backfill"
)

// mostRedirects bounds the redirects within home's origin.
const mostRedirects = 3

// checkRedirect follows redirects of a GET only within home's origin: the token
// goes nowhere else.
func (t *transport) checkRedirect(req *http.Request, via []*http.Request) error {
	refusal := &backfill.AnswerError{Server: t.home.host}
	if req.Response != nil {
		refusal.Status = req.Response.StatusCode
	}
	switch {
	case !t.home.is(req.URL):
		refusal.Message = "it redirects to " + clean(req.URL.Scheme+"://"+req.URL.Host) + ", which is not the server that was named"
		return refusal
	case via[0].Method != http.MethodGet:
		refusal.Message = "it redirects a request that is not a GET"
		return refusal
	case len(via) > mostRedirects:
		refusal.Message = "it redirects too often"
		return refusal
	}
	return nil
}
