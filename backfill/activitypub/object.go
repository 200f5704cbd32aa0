package activitypub

import (
	"bytes"
	"encoding/json"

	"tootfill/backfill"
)

const contextKey = "@context"

// whole is the object of an activity as a document of its own: byte for byte
// what the origin wrote, with the @context that it stood under in front where
// it has none itself. It is nil where the object is not the owner's, or there
// is no @context at all.
func whole(activity, object node, p backfill.Post, r reading) []byte {
	raw := activity["object"]
	if p.Author != r.owner.URI || hostOf(p.URI) != hostOf(r.owner.URI) || len(object.refs("attributedTo")) == 0 {
		return nil
	}
	if object.has(contextKey) {
		return bytes.Clone(raw)
	}
	context := r.context
	if activity.has(contextKey) {
		context = activity[contextKey]
	}
	if len(context) == 0 || context[0] == 'n' || len(raw) < 2 {
		return nil
	}
	return withContext(raw, context)
}

// withContext puts an @context into an object that has members but none of that
// name.
func withContext(raw, context json.RawMessage) []byte {
	const key = `{"` + contextKey + `":`
	document := make([]byte, 0, len(key)+len(context)+1+len(raw))
	document = append(document, key...)
	document = append(document, context...)
	document = append(document, ',')
	return append(document, raw[1:]...)
}
