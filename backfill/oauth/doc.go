// Package oauth is what a program needs of OAuth 2 to be let in by a person: the
// request for an authorization (RFC 6749) with PKCE (RFC 7636), and the browser that
// comes back to this machine with the answer (RFC 8252).
package oauth
