package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const (
	typeJSON     = "application/json; charset=utf-8"
	typeActivity = "application/activity+json; charset=utf-8"
)

// answer writes v as JSON, without needless escaping.
func answer(w http.ResponseWriter, status int, contentType string, v any) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimSuffix(body.Bytes(), []byte("\n"))) // a client that is gone needs no body
}

// respond answers with any status, content type and body.
func respond(status int, contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // a client that is gone needs no body
	})
}

func answerOK(w http.ResponseWriter, v any) { answer(w, http.StatusOK, typeJSON, v) }

// apiError answers with the error of an API controller (api/error_handling.rb).
func apiError(w http.ResponseWriter, status int, message string) {
	answer(w, status, typeJSON, map[string]any{"error": message})
}

func recordNotFound(w http.ResponseWriter) {
	apiError(w, http.StatusNotFound, "Record not found")
}

// errorText returns what Mastodon's API says with a status, unless a controller
// has its own wording (config/locales/en.yml).
func errorText(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "Too many requests"
	case http.StatusServiceUnavailable:
		return "There was a temporary problem serving your request, please try again"
	case http.StatusNotFound:
		return "Record not found"
	case http.StatusUnprocessableEntity:
		return "Validation failed"
	default:
		return http.StatusText(status)
	}
}

// routeNotFound answers for paths that Mastodon has no route for: JSON to
// clients that ask for it, an HTML page to all others
// (application_controller.rb, respond_with_error).
func routeNotFound(w http.ResponseWriter, r *http.Request) {
	respondWithError(w, r, http.StatusNotFound)
}

func respondWithError(w http.ResponseWriter, r *http.Request, status int) {
	text := http.StatusText(status)
	if acceptsJSON(r) {
		apiError(w, status, text)
		return
	}
	page := fmt.Sprintf("<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n<title>%s - Mastodon</title>\n</head>\n<body class='error'>\n<div class='dialog'><div class='dialog__message'><h1>%s</h1></div></div>\n</body>\n</html>\n", text, text)
	respond(status, "text/html; charset=utf-8", page).ServeHTTP(w, r)
}

func acceptsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "json")
}

// link returns a URL on this host for a Link header or a collection, with the
// query keys sorted as Rails sorts them.
func (h *Host) link(path string, query url.Values) string {
	u := "https://" + h.domain + path
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	return u
}

// setLink writes Mastodon's Link header, omitting empty URLs.
func setLink(w http.ResponseWriter, next, prev string) {
	var links []string
	if next != "" {
		links = append(links, fmt.Sprintf(`<%s>; rel="next"`, next))
	}
	if prev != "" {
		links = append(links, fmt.Sprintf(`<%s>; rel="prev"`, prev))
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
}

// truthy reads a parameter as Rails' boolean type does.
func truthy(v string) bool {
	switch strings.ToLower(v) {
	case "", "0", "f", "false", "off":
		return false
	}
	return true
}
