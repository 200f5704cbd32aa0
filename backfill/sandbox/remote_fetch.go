package sandbox

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	maxBody     = 1 << 20
	readTimeout = 10 * time.Second // app/lib/request.rb
	homeAgent   = "Mastodon/4.5.3 (http.rb/5.3.1; +https://" + HomeDomain + "/)"
	acceptAP    = `application/ld+json; profile="https://www.w3.org/ns/activitystreams", application/activity+json, text/html;q=0.1`
)

// newClient is how the sandbox's servers reach each other: over wires of their own,
// with at most three redirects. prepare sees the request for each redirect.
func (s *Sandbox) newClient(from netip.Addr, prepare func(*http.Request) error) *http.Client {
	network := &Network{dial: s.dialInner(from), down: s.board.isDown}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         network.DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: s.authority.pool(), Time: s.clock.Now},
			ForceAttemptHTTP2:   false,
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     30 * time.Second,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 3 {
				return errors.New("too many redirects")
			}
			if prepare == nil {
				return nil
			}
			return prepare(r)
		},
	}
}

// response is an answer of an origin, read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
}

// get makes a signed GET. A response without a status means that no answer came.
func (h *Home) get(ctx context.Context, rawURL, accept string) response {
	return read(ctx, h.client, rawURL, accept, h.sign)
}

// read makes a GET and allows 10 seconds for the answer.
func read(ctx context.Context, client *http.Client, rawURL, accept string, prepare func(*http.Request) error) response {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil || r.URL.Host == "" {
		return response{}
	}
	r.Header.Set("User-Agent", homeAgent)
	r.Header.Set("Accept", accept)
	if prepare != nil && prepare(r) != nil {
		return response{}
	}
	answer, err := client.Do(r)
	if err != nil {
		return response{}
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	if closeErr := answer.Body.Close(); err != nil || closeErr != nil || len(body) > maxBody {
		return response{}
	}
	return response{status: answer.StatusCode, header: answer.Header, body: body}
}

// document returns the ActivityPub document in an answer, or nil if there is none.
func (r response) document() object {
	if r.status != http.StatusOK || !isActivity(r.header.Get("Content-Type")) {
		return nil
	}
	var doc object
	if json.Unmarshal(r.body, &doc) != nil || !mentions(doc["@context"], asContext) {
		return nil
	}
	return doc
}

// isActivity is valid_activitypub_content_type? (json_ld_helper.rb:327-337).
func isActivity(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return kind == "application/activity+json" ||
		kind == "application/ld+json" && slices.Contains(strings.Fields(params["profile"]), asContext)
}

// mentions is equals_or_includes? for a string or a list.
func mentions(v any, want string) bool {
	if list, ok := v.([]any); ok {
		return slices.ContainsFunc(list, func(e any) bool { return e == want })
	}
	return v == want
}

func text(doc object, key string) string {
	s, _ := doc[key].(string)
	return s
}

// idOf is value_or_id of the first entry.
func idOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case object:
		return text(v, "id")
	case []any:
		if len(v) > 0 {
			return idOf(v[0])
		}
	}
	return ""
}

func isActor(doc object) bool {
	return slices.Contains([]string{"Application", "Group", "Organization", "Person", "Service"}, text(doc, "type"))
}

// isPost reports whether a document is of a type that home takes in
// (activity.rb:9-10). Create and Announce are not such types.
func isPost(doc object) bool {
	return slices.Contains([]string{"Note", "Question", "Image", "Audio", "Video", "Article", "Page", "Event"}, text(doc, "type"))
}

// fetchResource is fetch_resource_service.rb: it fetches a URL, and then another one
// if the document's id is different or an HTML page names the document's URL. It
// returns the document, or nil and the last status (0 if no answer came).
func (h *Home) fetchResource(ctx context.Context, rawURL string, terminal bool) (object, int) {
	r := h.get(ctx, rawURL, acceptAP)
	if r.status != http.StatusOK {
		return nil, r.status
	}
	if !isActivity(r.header.Get("Content-Type")) {
		if alternate := r.alternate(rawURL); alternate != "" && !terminal {
			return h.fetchResource(ctx, alternate, true)
		}
		return nil, r.status
	}
	doc := r.document()
	if doc == nil || !isActor(doc) && !isPost(doc) {
		return nil, r.status
	}
	if id := text(doc, "id"); id != rawURL {
		if terminal || id == "" {
			return nil, r.status
		}
		return h.fetchResource(ctx, id, true)
	}
	return doc, r.status
}

var (
	linkHeader = regexp.MustCompile(`<([^>]+)>;[^,]*rel="?alternate"?[^,]*type="?application/activity\+json`)
	linkTag    = regexp.MustCompile(`<link[^>]+href=['"]([^'"]+)['"][^>]+rel=['"]alternate['"][^>]+type=['"]application/activity\+json`)
)

// alternate is the ActivityPub document that a page names; empty if none.
func (r response) alternate(base string) string {
	m := linkHeader.FindStringSubmatch(r.header.Get("Link"))
	if m == nil && strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
		m = linkTag.FindStringSubmatch(string(r.body))
	}
	if m == nil {
		return ""
	}
	from, err := url.Parse(base)
	if err != nil {
		return ""
	}
	to, err := from.Parse(m[1])
	if err != nil {
		return ""
	}
	return to.String()
}

// hostOf is the normalized host by which Mastodon compares servers
// (app/helpers/json_ld_helper.rb, trustworthy_attribution?).
func hostOf(rawURL string) string { return fediverse.HostOf(rawURL) }
