package sandbox

import (
	"crypto/rand"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

const codeLifetime = 10 * time.Minute

// grant is an authorization code waiting to be exchanged.
type grant struct {
	app       *app
	redirect  string
	scopes    string
	challenge string // PKCE, S256
	expires   time.Time
	used      bool
}

// authorizeCode is the page where a user authorizes an application. Here you are
// always logged in, and answer at once: yes, unless you were told to refuse.
func (h *Home) authorizeCode(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	scopes := scopeParam(q)
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _, s := h.settings()
	switch {
	case s.isGoToSocial():
		h.authorizeAtGoToSocial(w, r)
		return
	case s.isPleroma():
		h.authorizeAtPleroma(w, r)
		return
	}
	a := h.apps[q.Get("client_id")]
	if !s.knowsPKCE() {
		q.Del("code_challenge")
	}
	if a == nil || q.Get("response_type") != "code" || !a.mayRedirectTo(q.Get("redirect_uri"), s) || !a.mayAsk(scopes) ||
		q.Get("code_challenge") != "" && q.Get("code_challenge_method") != "S256" {
		respondWithError(w, r, http.StatusBadRequest)
		return
	}
	if h.refusing {
		deny(w, r, q)
		return
	}
	code := rand.Text()
	h.codes[code] = &grant{app: a, redirect: q.Get("redirect_uri"), scopes: scopes,
		challenge: q.Get("code_challenge"), expires: h.now().Add(codeLifetime)}
	if q.Get("redirect_uri") == oobRedirect {
		page := "<!DOCTYPE html>\n<html><body><p>Copy this authorization code and paste it to the application.</p><input class='oauth-code' readonly value='" + code + "'></body></html>\n"
		respond(http.StatusOK, "text/html; charset=utf-8", page).ServeHTTP(w, r)
		return
	}
	sendBack(w, r, q, url.Values{"code": {code}})
}

// deny answers no, in Doorkeeper's words (its config/locales/en.yml). There is no
// code to show then, so without a browser to send back there is only a page.
func deny(w http.ResponseWriter, r *http.Request, q url.Values) {
	if q.Get("redirect_uri") == oobRedirect {
		respondWithError(w, r, http.StatusBadRequest)
		return
	}
	sendBack(w, r, q, url.Values{"error": {"access_denied"}, "error_description": {"The resource owner or authorization server denied the request."}})
}

// sendBack sends the browser back to the application with an answer.
func sendBack(w http.ResponseWriter, r *http.Request, q, answer url.Values) {
	if q.Get("state") != "" {
		answer.Set("state", q.Get("state"))
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

// knowsPKCE: Mastodon has known it since 4.3 (config/initializers/doorkeeper.rb);
// before that and in other software it is ignored.
func (s software) knowsPKCE() bool { return s.isMastodon() && s.atLeast(4, 3) }

func (s software) isMastodon() bool { return strings.EqualFold(s.name, "mastodon") }

// scopeParam returns the scopes that a request asks for.
func scopeParam(p url.Values) string {
	if scope := p.Get("scope"); scope != "" {
		return scope
	}
	return "read"
}

// mayAsk reports whether the application has registered all these scopes by their
// exact names: read does not cover read:search here.
func (a *app) mayAsk(scopes string) bool {
	return !slices.ContainsFunc(strings.Fields(scopes), func(s string) bool { return !slices.Contains(a.scopes, s) })
}

// hasRedirect reports whether this very address was registered.
func (a *app) hasRedirect(address string) bool { return slices.Contains(a.redirects, address) }

// mayRedirectTo reports whether the browser may be sent to an address. Other software
// than Mastodon wants the very one that was registered.
func (a *app) mayRedirectTo(address string, s software) bool {
	if !s.isMastodon() {
		return a.hasRedirect(address)
	}
	return slices.ContainsFunc(a.redirects, func(registered string) bool { return sameRedirect(address, registered) })
}

// sameRedirect compares addresses as Doorkeeper does: it ignores the port of a
// loopback address, but not of localhost (RFC 8252, 7.3).
func sameRedirect(address, registered string) bool {
	if address == registered {
		return true
	}
	a, err := url.Parse(address)
	if err != nil || !isLoopback(a) {
		return false
	}
	b, err := url.Parse(registered)
	if err != nil || !isLoopback(b) || a.Hostname() != b.Hostname() {
		return false
	}
	a.Host = b.Host
	return a.String() == b.String()
}

func isLoopback(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}
