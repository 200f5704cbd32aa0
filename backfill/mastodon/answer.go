package mastodon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

// longestMessage is how many columns of home's own message are passed on.
const longestMessage = 200

// refusal is an error answer, with further details that home gave in it.
type refusal struct {
	*backfill.AnswerError
	retryAt time.Time
	// own says that the error comes from home's API, and not from something in
	// front of it or from no API at all.
	own bool
	// cause is home's word for why it leaves the account alone; empty if it gives no known
	// one.
	cause backfill.Cause
}

func (r *refusal) Unwrap() error { return r.AnswerError }

// verdict is nil for an answer that can be read, and otherwise the error.
func (t *transport) verdict(req *http.Request, a *answer) error {
	ok := a.status == http.StatusOK || a.status == http.StatusAccepted
	switch {
	case ok && req.Method != http.MethodGet:
		return nil
	case ok && len(bytes.TrimSpace(a.body)) == 0:
		// GoToSocial does this when an origin keeps it waiting
		return &backfill.UnavailableError{Server: t.home.host, Err: fmt.Errorf("%w: it is empty", errCutShort)}
	case ok && json.Valid(a.body):
		return nil
	case a.status == http.StatusUnauthorized:
		return &backfill.UnauthorizedError{Server: t.home.host, Message: a.message()}
	case a.status == http.StatusForbidden && speaksOfScopes(a.message()):
		return &backfill.UnauthorizedError{Server: t.home.host, NotForThis: true, Scope: scopeOf(req.URL), Message: a.message()}
	}
	own, cause := a.ownError()
	return &refusal{
		AnswerError: &backfill.AnswerError{Server: t.home.host, Status: a.status, Foreign: !json.Valid(a.body), Message: a.message()},
		retryAt:     retryAt(a.status, a.header, a.at), own: own, cause: cause,
	}
}

// ownError reports whether the answer is an error of the API: a JSON object with an
// error, which is a text in Mastodon (app/controllers/concerns/
// api/error_handling.rb) and an object elsewhere.
func (a *answer) ownError() (own bool, cause backfill.Cause) {
	var said struct {
		Error json.RawMessage `json:"error"`
		Cause json.RawMessage `json:"cause"`
	}
	if json.Unmarshal(a.body, &said) != nil {
		return false, ""
	}
	var word string
	if json.Unmarshal(said.Cause, &word) == nil && backfill.Cause(word).IsOfAccount() {
		cause = backfill.Cause(word)
	}
	switch string(bytes.TrimSpace(said.Error)) {
	case "", "null", `""`, "false":
		return cause != "", cause
	}
	return true, cause
}

// speaksOfScopes tells a token with too few scopes from other refusals: «This
// action is outside the authorized scopes» (Mastodon), «token has insufficient
// scope permission» (GoToSocial), «Insufficient permissions: read:search.»
// (Pleroma).
func speaksOfScopes(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "scope") || strings.Contains(m, "insufficient permissions")
}

// scopeOf is the scope that a request needs, empty if that is not known
// (Mastodon app/controllers/api, doorkeeper_authorize!).
func scopeOf(u *url.URL) string {
	switch {
	case strings.HasSuffix(u.Path, "/backfill"):
		return ""
	case strings.HasSuffix(u.Path, "/search") && strings.Contains(u.Path, "/v2/"):
		return "read:search"
	case strings.Contains(u.Path, "/v1/lists"):
		return "read:lists"
	case strings.HasSuffix(u.Path, "/relationships"), strings.HasSuffix(u.Path, "/follow_requests"):
		return "read:follows"
	case strings.HasSuffix(u.Path, "/statuses"), strings.HasSuffix(u.Path, "/context"):
		return "read:statuses"
	case strings.Contains(u.Path, "/accounts/"):
		return "read:accounts"
	case strings.Contains(u.Path, "/apps/"):
		return "read"
	}
	return ""
}

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// message is what home says about an error, made fit to show.
func (a *answer) message() string {
	var said struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(a.body, &said); err == nil && said.Error+said.Description != "" {
		if said.Description != "" {
			return clean(said.Description)
		}
		return clean(said.Error)
	}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if kind == "text/html" || bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<")) {
		return clean("a web page instead of an answer" + titleOf(a.body))
	}
	if kind == "text/plain" && a.status != http.StatusOK {
		return clean(string(a.body[:min(len(a.body), 4*longestMessage)]))
	}
	if a.status == http.StatusOK {
		return "the answer is not JSON"
	}
	return clean(http.StatusText(a.status))
}

func titleOf(page []byte) string {
	m := htmlTitle.FindSubmatch(page[:min(len(page), 64<<10)])
	if m == nil {
		return ""
	}
	return ": " + html.UnescapeString(string(m[1]))
}

// clean makes what another server says fit for a message.
func clean(s string) string { return cleantext.Line(s, longestMessage) }
