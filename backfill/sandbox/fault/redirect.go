package fault

import (
	"net/http"
	"strconv"
)

// RedirectTo redirects to location, which need not be a valid address.
func RedirectTo(location string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	})
}

// RedirectLoop redirects forever, each time to a new address with the same path.
func RedirectLoop() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Anything but a number counts as the first time.
		n, _ := strconv.Atoi(r.URL.Query().Get("hop"))
		RedirectTo(r.URL.Path+"?hop="+strconv.Itoa(n+1)).ServeHTTP(w, r)
	})
}

// WebFinger answers that an account is subject (such as acct:alice@x.example)
// and has this actor.
func WebFinger(subject, actor string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, "application/jrd+json", map[string]any{
			"subject": subject,
			"links":   []any{map[string]any{"rel": "self", "type": "application/activity+json", "href": actor}},
		})
	})
}
