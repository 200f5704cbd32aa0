// Package fault provides the answers of a server that fails or means harm, as
// handlers for Host.SetFault and Origin.Handle of the sandbox.
//
// Only tests import it. It knows nothing about the sandbox, whose own tests also use
// it. All handlers end when the client hangs up.
package fault

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Fault decides who answers a request: the handler that it returns or, if that is
// nil, the server itself, which it also receives as real.
type Fault = func(r *http.Request, real http.Handler) http.Handler

// OnRoute limits a fault to requests with this path.
func OnRoute(path string, f Fault) Fault {
	return func(r *http.Request, real http.Handler) http.Handler {
		if r.URL.Path != path {
			return nil
		}
		return f(r, real)
	}
}

// Always is the fault that gives every request to h.
func Always(h http.Handler) Fault {
	return func(*http.Request, http.Handler) http.Handler { return h }
}

// Fail answers with a status, with headers (name, value, name, value…), and
// with the JSON error that Mastodon's API gives for it.
func Fail(status int, header ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header(), header)
		writeJSON(w, status, "application/json; charset=utf-8", map[string]any{"error": errorText(status)})
	})
}

// FailHTML answers with a status and an HTML page, as a proxy in front of
// Mastodon does for 502, 503 and 504.
func FailHTML(status int, header ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header(), header)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		text := fmt.Sprintf("%d %s", status, http.StatusText(status))
		// A client that is gone needs no page.
		_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", text, text)
	})
}

// Respond answers with any status, content type and body.
func Respond(status int, contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // a client that is gone needs no body
	})
}

// errorText is what Mastodon's API says with a status (config/locales/en.yml).
func errorText(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "Too many requests"
	case http.StatusServiceUnavailable:
		return "There was a temporary problem serving your request, please try again"
	case http.StatusNotFound:
		return "Record not found"
	default:
		return http.StatusText(status)
	}
}

// Drop cuts the connection without an answer.
func Drop() http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler) // how net/http lets a handler cut the connection
	})
}

// Hang never answers; it ends when the client hangs up or the sandbox closes.
func Hang() http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // no answer, not an empty one
	})
}

// Unheard lets real do its work, throws its answer away, and answers with instead: a
// proxy that lost patience (504), or a connection that broke, although the post was
// imported.
func Unheard(real, instead http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		real.ServeHTTP(&unheard{header: make(http.Header)}, r)
		instead.ServeHTTP(w, r)
	})
}

type unheard struct{ header http.Header }

func (u *unheard) Header() http.Header         { return u.header }
func (u *unheard) Write(p []byte) (int, error) { return len(p), nil }
func (u *unheard) WriteHeader(int)             {}

func setHeaders(h http.Header, pairs []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	Respond(status, contentType, string(body)).ServeHTTP(w, nil)
}
