package sandbox

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// caching is what Mastodon says in an answer's headers about caching it.
type caching struct {
	// vary names the headers the answer depends on; Origin is added where
	// rack-cors adds it (config/initializers/cors.rb).
	vary string
	// good is the Cache-Control of an answer that is not an error.
	good string
}

const (
	neverKept = "private, no-store"
	// keptShortly is cache_if_unauthenticated! (api/base_controller.rb).
	keptShortly = "max-age=15, public, stale-while-revalidate=30, stale-if-error=86400"
	// keptAWhile is cache_even_if_authenticated!.
	keptAWhile   = "max-age=300, public, stale-while-revalidate=30, stale-if-error=86400"
	keptFor3Days = "max-age=259200, public"
)

var (
	cachedAPI      = caching{vary: "Authorization", good: neverKept}
	cachedPublic   = caching{vary: "Authorization", good: keptShortly}
	cachedInstance = caching{good: keptAWhile}
	cachedDocument = caching{vary: "Accept, Accept-Language, Cookie", good: "max-age=180, public"}
	cachedList     = caching{vary: "Accept", good: "max-age=180, public"}
	cachedPage     = caching{vary: "Signature", good: "max-age=60, public"}
	cachedReplies  = caching{vary: "Accept", good: "max-age=0, public"}
)

// cachedFinger is for WebFinger, whose answer depends on Accept, if it was sent.
func cachedFinger(r *http.Request) caching {
	c := caching{good: keptFor3Days}
	if r.Header.Get("Accept") != "" {
		c.vary = "Accept"
	}
	return c
}

// corsPaths matches the resources that any origin may request.
var corsPaths = regexp.MustCompile(`^/(\.well-known/.*|nodeinfo/.*|@[^/]+|users/[^/]+|api/.*|oauth/(token|revoke|userinfo))$`)

// keep adds caching headers and an ETag to the answers of f, and answers 304 to a
// client that already has them (Rack::ETag, Rack::ConditionalGet).
func (h *Host) keep(c func(*http.Request) caching, f http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := &draft{header: w.Header(), status: http.StatusOK}
		f(a, r)
		a.send(w, r, c(r))
	}
}

// always is for routes whose answers are all cached alike.
func always(c caching) func(*http.Request) caching {
	return func(*http.Request) caching { return c }
}

// draft is an answer that has not been sent yet.
type draft struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (d *draft) Header() http.Header { return d.header }

func (d *draft) WriteHeader(status int) { d.status = status }

func (d *draft) Write(p []byte) (int, error) { return d.body.Write(p) }

func (d *draft) send(w http.ResponseWriter, r *http.Request, c caching) {
	d.describe(r, c)
	if tag := d.header.Get("Etag"); tag != "" && slices.Contains(strings.Split(r.Header.Get("If-None-Match"), ", "), tag) {
		d.header.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(d.status)
	_, _ = w.Write(d.body.Bytes()) // a client that is gone needs no body
}

// describe adds caching headers to an answer, keeping those its handler has set.
func (d *draft) describe(r *http.Request, c caching) {
	var vary []string
	if c.vary != "" {
		vary = append(vary, c.vary)
	}
	if corsPaths.MatchString(r.URL.Path) {
		vary = append(vary, "Origin")
	}
	setIfNone(d.header, "Vary", strings.Join(vary, ", "))
	if d.status >= http.StatusBadRequest {
		setIfNone(d.header, "Cache-Control", neverKept)
		return
	}
	setIfNone(d.header, "Cache-Control", c.good)
	if d.status == http.StatusOK && d.body.Len() > 0 {
		sum := md5.Sum(d.body.Bytes())
		d.header.Set("Etag", `W/"`+hex.EncodeToString(sum[:])+`"`)
	}
}

func setIfNone(header http.Header, name, value string) {
	if value != "" && header.Get(name) == "" {
		header.Set(name, value)
	}
}
