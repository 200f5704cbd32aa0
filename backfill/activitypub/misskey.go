package activitypub

import (
	"context"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/loosejson"
)

// misskeyListing lists by the API of Misskey and its forks, whose pages are in the
// right order, unlike those of some versions' outboxes
// (packages/backend/src/server/api/endpoints/users/notes.ts). A cursor is user
// id/untilId.
type misskeyListing struct {
	site
	*trail
}

// misskeyLimit is the most that users/notes gives.
const misskeyLimit = 100

func (d *misskeyListing) source() string { return ListingMisskey }

func (d *misskeyListing) shortfall() backfill.Cause { return "" }

// top reads the newest notes. The place of a user is their id. A POST knows no
// validators (RFC 9110, section 13.1.2).
func (d *misskeyListing) top(ctx context.Context, place string, _ fetch.Validators) (topPage, error) {
	d.restart()
	if !isPlainID(place) {
		var err error
		if place, err = d.lookup(ctx); err != nil {
			return topPage{}, err
		}
	}
	page, err := d.read(ctx, place, "")
	return topPage{Page: page, place: place}, err
}

func (d *misskeyListing) page(ctx context.Context, cursor string) (backfill.Page, error) {
	user, until, found := strings.Cut(cursor, "/")
	if !found || user == "" || until == "" {
		return backfill.Page{}, d.bad("misskey: %w", errCursor)
	}
	return d.read(ctx, user, until)
}

// read reads the notes before one, or the newest.
func (d *misskeyListing) read(ctx context.Context, user, until string) (backfill.Page, error) {
	if err := d.enter(d.host); err != nil {
		return backfill.Page{}, err
	}
	question := map[string]any{
		"userId": user, "limit": misskeyLimit, "withReplies": true, "withRenotes": d.boosts,
		// The names of the same before version 2023.10.
		"includeReplies": true, "includeMyRenotes": d.boosts,
	}
	cursor := ""
	if until != "" {
		question["untilId"] = until
		cursor = user + "/" + until
	}
	answer, err := d.post(ctx, d.url("/api/users/notes", nil), question)
	if err != nil {
		return backfill.Page{}, within("misskey", err)
	}
	list, err := loosejson.ParseList(answer.Body, maxEntries)
	if err != nil {
		return backfill.Page{}, d.bad("misskey: %w", err)
	}
	return d.notes(list, user, cursor), nil
}

// lookup finds the user, whose ActivityPub id is https://host/users/ID.
func (d *misskeyListing) lookup(ctx context.Context) (string, error) {
	answer, err := d.post(ctx, d.url("/api/users/show", nil), map[string]any{"username": d.user(), "host": nil})
	if err != nil {
		return "", within("misskey", err)
	}
	user, err := loosejson.Parse(answer.Body)
	if err != nil {
		return "", d.bad("misskey: the user: %w", err)
	}
	id := identifier(user, "id")
	if !isPlainID(id) || user.Text("host") != "" || !d.isActor(d.url("/users/"+id, nil)) {
		return "", d.bad("misskey: the user %.100q is not %s", id, d.actor.URI)
	}
	return id, nil
}

// notes makes a page of notes. Pages may be short because notes are counted before
// they are filtered; only an empty page is the end.
func (d *misskeyListing) notes(list []loosejson.Node, user, cursor string) backfill.Page {
	entries, last := make([]entry, 0, len(list)), ""
	for _, note := range list {
		id := identifier(note, "id")
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

func (d *misskeyListing) listed(note loosejson.Node, id, user string) *fediverse.Post {
	p := &fediverse.Post{
		URI: d.url("/notes/"+id, nil), URL: d.url("/notes/"+id, nil),
		Published: moment(note.Text("createdAt")), Visibility: noteVisibility(note),
	}
	if identifier(note, "userId") == user {
		p.Author = d.actor.URI
	}
	if isPureRenote(note) {
		p.Boost, p.Author = true, ""
		p.URI = note.Object("renote").Text("uri")
		if p.URI == "" {
			renoted := identifier(note, "renoteId")
			if !isPlainID(renoted) {
				return nil
			}
			p.URI = d.url("/notes/"+renoted, nil)
		}
		p.URL = p.URI
		if inner := note.Object("renote"); inner != nil {
			p.Visibility = min(p.Visibility, noteVisibility(inner))
		}
	}
	return checked(p)
}

// isPureRenote tells a boost from a quote, which is a post of one's own
// (packages/backend/src/misc/is-renote.ts).
func isPureRenote(note loosejson.Node) bool {
	return note.Has("renoteId") && !note.Has("text") && !note.Has("cw") && !note.Has("poll") &&
		len(loosejson.AsList(note["fileIds"])) == 0 && !note.Has("replyId")
}

func noteVisibility(note loosejson.Node) fediverse.Visibility {
	if note.IsTrue("localOnly") {
		return fediverse.Private
	}
	switch note.Text("visibility") {
	case "public":
		return fediverse.Public
	case "home":
		return fediverse.Unlisted
	case "followers":
		return fediverse.Private
	}
	return fediverse.Direct
}

// isPlainID recognises the ids of Misskey: aid, aidx, meid, ulid and ObjectID, all
// letters and digits.
func isPlainID(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}
