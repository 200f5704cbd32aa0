package service

import (
	"net/http"
	"slices"
	"strings"
)

// Mastodon's rules for pages of other sites that use its API (config/initializers/
// cors.rb).
var corsMethods = []string{"POST", "PUT", "DELETE", "GET", "PATCH", "OPTIONS"}

const (
	corsExposed = "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id"
	corsMaxAge  = "7200" // rack-cors lib/rack/cors/resource.rb
)

// preflight adds to an answer what browsers want to know if a page of another site asks,
// as the gem rack-cors does (lib/rack/cors.rb and lib/rack/cors/resource.rb). It
// reports whether the request is nothing but a browser's question, which has no other
// answer than these headers with 200.
func preflight(h http.Header, r *http.Request) bool {
	if r.Header.Get("Origin") == "" || !strings.HasPrefix(r.URL.Path, "/api/") {
		return false
	}
	method := r.Header.Get("Access-Control-Request-Method")
	asks := r.Method == http.MethodOptions && method != ""
	if asks && !slices.Contains(corsMethods, strings.ToUpper(method)) {
		return true
	}
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", strings.Join(corsMethods, ", "))
	h.Set("Access-Control-Expose-Headers", corsExposed)
	h.Set("Access-Control-Max-Age", corsMaxAge)
	if names := r.Header.Get("Access-Control-Request-Headers"); asks && names != "" {
		h.Set("Access-Control-Allow-Headers", names)
	}
	return asks
}
