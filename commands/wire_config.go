package commands

import "tootfill/backfill/mastodon"

// checkServerName refuses what is not the name or the address of a server; empty is
// no server.
func checkServerName(server string) error {
	if server == "" {
		return nil
	}
	if _, err := mastodon.New(mastodon.Options{Server: server}); err != nil {
		return usagef("", "the home server: %v", err)
	}
	return nil
}
