package service

import (
	"net/http"
	"strings"
)

// longestToken is the length of a token that is looked at, in bytes. Mastodon's have
// 43.
const longestToken = 512

// bearer is the token of a request, which may come in the Authorization header alone
// (RFC 6750, section 2.1). ok is false if there is none, or what no token looks like.
func bearer(h http.Header) (token string, ok bool) {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	token = strings.TrimLeft(token, " ")
	return token, strings.EqualFold(scheme, "Bearer") && isToken(token)
}

// isToken reports whether s is a b64token, and not too long.
func isToken(s string) bool {
	signs := strings.TrimRight(s, "=")
	return signs != "" && len(s) <= longestToken && strings.Trim(signs,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/") == ""
}
