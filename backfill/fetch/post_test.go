package fetch

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"tootfill/backfill"
)

func TestPost(t *testing.T) {
	const question = `{"username":"alice","host":null}`
	tries := 0
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != question || r.Method != http.MethodPost ||
			r.Header.Get("Content-Type") != "application/json" || r.ContentLength != int64(len(question)) {
			t.Errorf("%s %q %v, %v", r.Method, body, r.Header, err)
		}
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
		case "/busy":
			if tries++; tries == 1 {
				w.Header().Set("Retry-After", "5")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			fallthrough
		default:
			w.Header().Add("Link", `<https://a.example.com/2>; rel="next"`)
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = io.WriteString(w, `[]`)
		}
	}))
	c := o.client(t)
	ask := func(path string, kind Kind) (*Document, error) {
		return c.Post(t.Context(), Request{URL: "https://a.example.com" + path, Kind: kind}, []byte(question))
	}
	d, err := ask("/", JSONPage)
	if err != nil || string(d.Body) != "[]" || len(d.Links) != 1 {
		t.Fatalf("%+v %v", d, err)
	}
	if _, err := ask("/busy", JSONPage); err != nil || tries != 2 {
		t.Errorf("after a pause: %v, %d tries", err, tries)
	}
	_, err = ask("/redirect", JSONPage)
	wantCause(t, err, backfill.Malformed)
	if _, err := ask("/", Object); err == nil {
		t.Error("a POST for an object was sent")
	}
}

func TestKindsOfListings(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
	}))
	c := o.client(t)
	for contentType, want := range map[string]Kind{
		"application/json": JSONPage, "application/atom+xml": Feed, "application/rss+xml; charset=utf-8": Feed, "text/xml": Feed, "text/html": 0, "text/plain": 0,
	} {
		for _, kind := range []Kind{JSONPage, Feed} {
			_, err := c.Get(t.Context(), Request{URL: "https://a.example.com/?" + url.Values{"type": {contentType}}.Encode(), Kind: kind})
			if (err == nil) != (kind == want) {
				t.Errorf("%s as kind %d: %v", contentType, kind, err)
			}
		}
	}
}
