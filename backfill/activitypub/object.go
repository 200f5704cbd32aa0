package activitypub

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

const contextKey = "@context"

// whole is the object of an activity as a document of its own: byte for byte what
// the origin wrote, preceded by the enclosing @context if it has none itself. It is
// nil if the object is not the owner's, or there is no @context at all.
func whole(activity, object loosejson.Node, p fediverse.Post, r reading) []byte {
	raw := activity["object"]
	if p.Author != r.owner.URI || fediverse.HostOf(p.URI) != fediverse.HostOf(r.owner.URI) || len(object.Refs("attributedTo")) == 0 {
		return nil
	}
	// Mastodon would not see what only the activity says: it takes an object
	// addressed to nobody for a direct post
	// (app/lib/activitypub/parser/status_parser.rb).
	if date(object).IsZero() || !isAddressed(object) {
		return nil
	}
	if !utf8.Valid(raw) {
		return nil // no job can hold it
	}
	if object.Has(contextKey) {
		if !hasActivityStreams(object[contextKey]) {
			return nil
		}
		return bytes.Clone(raw)
	}
	context := r.context
	if activity.Has(contextKey) {
		context = activity[contextKey]
	}
	if !hasActivityStreams(context) || !utf8.Valid(context) || len(raw) < 2 {
		return nil
	}
	return withContext(raw, context)
}

// hasActivityStreams reports whether Mastodon accepts an @context: the URI of
// ActivityStreams, or a list with it (app/helpers/json_ld_helper.rb,
// supported_context?).
func hasActivityStreams(context json.RawMessage) bool {
	const uri = "https://www.w3.org/ns/activitystreams"
	var one any
	if json.Unmarshal(context, &one) != nil {
		return false
	}
	list, ok := one.([]any)
	if !ok {
		list = []any{one}
	}
	return slices.Contains(list, any(uri))
}

// withContext adds an @context to an object that has members but no @context.
func withContext(raw, context json.RawMessage) []byte {
	const key = `{"` + contextKey + `":`
	document := make([]byte, 0, len(key)+len(context)+1+len(raw))
	document = append(document, key...)
	document = append(document, context...)
	document = append(document, ',')
	return append(document, raw[1:]...)
}
