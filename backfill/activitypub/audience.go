package activitypub

import (
	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// visibility returns the audience of an object or activity, by Mastodon's rules
// (app/lib/activitypub/parser/status_parser.rb): public if everybody is in "to",
// unlisted if everybody is in "cc".
func visibility(n loosejson.Node, followers string) fediverse.Visibility {
	private := false
	for _, v := range []struct {
		key   string
		level fediverse.Visibility
	}{{"to", fediverse.Public}, {"cc", fediverse.Unlisted}} {
		for _, address := range n.Refs(v.key) {
			if isPublic(address) {
				return v.level
			}
			private = private || followers != "" && sameURI(address, followers)
		}
	}
	if private {
		return fediverse.Private
	}
	return fediverse.Direct
}

// isPublic recognises all spellings of "everybody" (ActivityPub, section 5.6;
// Takahe writes as:Public).
func isPublic(address string) bool {
	switch address {
	case "https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public":
		return true
	}
	return false
}

func isAddressed(n loosejson.Node) bool { return n.Has("to") || n.Has("cc") }
