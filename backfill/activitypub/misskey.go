package activitypub

import (
	"context"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// misskeyDoor lists by the API of Misskey and its forks, which has pages in the
// right order where the outbox of some versions has not
// (packages/backend/src/server/api/endpoints/users/notes.ts). A cursor is user
// id/untilId.
type misskeyDoor struct {
	site
	*trail
}

// misskeyLimit is the most that users/notes gives.
const misskeyLimit = 100

func (d *misskeyDoor) source() string { return ListingMisskey }

func (d *misskeyDoor) shortfall() backfill.Cause { return "" }

func (d *misskeyDoor) page(ctx context.Context, cursor string) (backfill.Page, error) {
	user, until, found := strings.Cut(cursor, "/")
	if cursor == "" {
		d.restart()
		var err error
		if user, err = d.lookup(ctx); err != nil {
			return backfill.Page{}, err
		}
	} else if !found || user == "" || until == "" {
		return backfill.Page{}, d.bad("misskey: %w", errCursor)
	}
	if err := d.enter(d.host); err != nil {
		return backfill.Page{}, err
	}
	question := map[string]any{
		"userId": user, "limit": misskeyLimit, "withReplies": true, "withRenotes": d.boosts,
		// The names of the same before version 2023.10.
		"includeReplies": true, "includeMyRenotes": d.boosts,
	}
	if until != "" {
		question["untilId"] = until
	}
	answer, err := d.post(ctx, d.url("/api/users/notes", nil), question)
	if err != nil {
		return backfill.Page{}, within("misskey", err)
	}
	list, err := parseNodes(answer.Body)
	if err != nil {
		return backfill.Page{}, d.bad("misskey: %w", err)
	}
	return d.notes(list, user, cursor), nil
}

// lookup finds the user, whose ActivityPub id is https://host/users/ID.
func (d *misskeyDoor) lookup(ctx context.Context) (string, error) {
	answer, err := d.post(ctx, d.url("/api/users/show", nil), map[string]any{"username": d.user(), "host": nil})
	if err != nil {
		return "", within("misskey", err)
	}
	user, err := parseNode(answer.Body)
	if err != nil {
		return "", d.bad("misskey: the user: %w", err)
	}
	id := user.identifier("id")
	if !isPlainID(id) || user.text("host") != "" || !d.isActor(d.url("/users/"+id, nil)) {
		return "", d.bad("misskey: the user %.100q is not %s", id, d.actor.URI)
	}
	return id, nil
}

// notes makes a page of notes. Pages may be short, as notes are filtered after
// they were counted, so that only an empty one is the end.
func (d *misskeyDoor) notes(list []node, user, cursor string) backfill.Page {
	entries, last := make([]entry, 0, len(list)), ""
	for _, note := range list {
		id := note.identifier("id")
		if !isPlainID(id) {
			entries = append(entries, entry{})
			continue
		}
		last = id
		entries = append(entries, entry{mark: id, post: d.listed(note, id, user)})
	}
	next := ""
	if last != "" {
		next = user + "/" + last
	}
	return d.trail.page(cursor, next, entries)
}

func (d *misskeyDoor) listed(note node, id, user string) *fediverse.Post {
	p := &fediverse.Post{
		URI: d.url("/notes/"+id, nil), URL: d.url("/notes/"+id, nil),
		Published: moment(note.text("createdAt")), Visibility: noteVisibility(note),
	}
	if note.identifier("userId") == user {
		p.Author = d.actor.URI
	}
	if isPureRenote(note) {
		p.Boost, p.Author = true, ""
		p.URI = note.object("renote").text("uri")
		if p.URI == "" {
			renoted := note.identifier("renoteId")
			if !isPlainID(renoted) {
				return nil
			}
			p.URI = d.url("/notes/"+renoted, nil)
		}
		p.URL = p.URI
		if inner := note.object("renote"); inner != nil {
			p.Visibility = min(p.Visibility, noteVisibility(inner))
		}
	}
	return checked(p)
}

// isPureRenote tells a boost from a quote, which is a post of one's own
// (packages/backend/src/misc/is-renote.ts).
func isPureRenote(note node) bool {
	return note.has("renoteId") && !note.has("text") && !note.has("cw") && !note.has("poll") &&
		len(asList(note["fileIds"])) == 0 && !note.has("replyId")
}

func noteVisibility(note node) fediverse.Visibility {
	if note.isTrue("localOnly") {
		return fediverse.Private
	}
	switch note.text("visibility") {
	case "public":
		return fediverse.Public
	case "home":
		return fediverse.Unlisted
	case "followers":
		return fediverse.Private
	}
	return fediverse.Direct
}

// isPlainID knows the ids of Misskey: aid, aidx, meid, ulid and ObjectID, all
// letters and digits.
func isPlainID(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}
