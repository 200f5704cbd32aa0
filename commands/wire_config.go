package commands

import "tootfill/backfill/mastodon"

// checkServerName refuses what is not the name or the address of a server; empty is
// no server.
func checkServerName(server string) error {
	if server == "" {
		return nil
	}
	_, err := newHome(mastodon.Options{Server: server})
	return err
}
