package commands

import (
	"fmt"
	"strings"
)

// The advice of this file has words that depend on home, so it is no row of
// hintSentences.

// otherServerHint says that the server which was asked leads to another one.
func otherServerHint(asked, web string) string {
	return fmt.Sprintf("%s leads to %s: name that one as the server, with --server %s or server = %q", asked, web, web, web)
}

const tokenScopes = "the scopes read:accounts read:follows read:search read:statuses"

// scopesWith are the scopes that a token needs, with the one that it lacks: only some
// flags need that one.
func scopesWith(missing string) string {
	if missing == "" || strings.Contains(tokenScopes+" ", " "+missing+" ") {
		return tokenScopes
	}
	return tokenScopes + " " + missing
}

// tokenHint says where to get an access token of a server, by the software that it
// runs, and the scope that the present one lacks; "" is unknown software, or no scope.
func tokenHint(server, software, missing string) string {
	scopes := scopesWith(missing)
	login := "tootfill login "
	if missing == "read:lists" {
		login += "--lists "
	}
	login += server + " gets one; or "
	url := strings.TrimSuffix(homeURL(server), "/")
	keep := ", and put it into the file that access_token_file names in the config file, or into TOOTFILL_ACCESS_TOKEN"
	switch software {
	case "", "unknown", "mastodon", "hometown":
		return login + "make one at " + url + "/settings/applications/new (Preferences, Development, New application) with " + scopes + keep
	case "gotosocial":
		// docs.gotosocial.org/en/latest/user_guide/settings/#applications
		return login + "make one at " + url + "/settings/user/applications/new with " + scopes + " and the redirect URI " +
			url + "/settings/user/applications/callback, request an access token on the page of the new application" + keep
	}
	return login + "register an application with " + url + "/api/v1/apps, with " + scopes +
		", log in at " + url + "/oauth/authorize and ask " + url +
		"/oauth/token for the token (docs.joinmastodon.org/client/authorized shows how)" + keep
}
