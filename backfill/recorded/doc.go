// Package recorded reads the answers of real Mastodon servers from
// testdata/recorded and plays them back. Only tests import it: they hold every
// reader, and the sandbox, against what servers really say.
package recorded
