package commands

import (
	"strings"

	"tootfill/backfill/fediverse"
)

// scopePurposes say what a scope is needed for.
var scopePurposes = map[string]string{
	"read:search":   "to import posts",
	"read:accounts": "to look up accounts",
	"read:statuses": "to see which posts your server has",
	"read:follows":  "to see whom you follow",
}

// purposes lists scopes with what they are needed for.
func purposes(scopes []string) string {
	texts := make([]string, len(scopes))
	for i, scope := range scopes {
		texts[i] = scope + " (" + scopePurposes[scope] + ")"
	}
	return strings.Join(texts, ", ")
}

// ownerText names the account of a token, which has no handle on a server that is
// known only by an address.
func ownerText(owner fediverse.Handle, server string) string {
	if owner == (fediverse.Handle{}) {
		return "an account on " + server
	}
	return owner.String()
}

// scopesText says what is known about the scopes of a token that lacks none.
func scopesText(untold, lists bool, server string) string {
	switch {
	case untold:
		return "; " + server + " does not tell its scopes"
	case !lists:
		return ", with all scopes that are needed (--list needs read:lists, too)"
	}
	return ", with all scopes that are needed"
}
