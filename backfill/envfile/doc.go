// Package envfile reads Mastodon's settings from its file .env.production.
package envfile
