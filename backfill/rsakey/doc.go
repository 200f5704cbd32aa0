// Package rsakey reads RSA keys as Mastodon, GoToSocial and OpenSSL write them.
package rsakey
