package sandbox

import (
	"net/url"
	"time"
)

const timeMillis = "2006-01-02T15:04:05.000Z"

// acct is the account's name as home writes it: bare for local ones.
func (a *knownAccount) acct() string {
	if a.Domain == "" {
		return a.Username
	}
	return a.Username + "@" + a.Domain
}

// accountEntity is REST::AccountSerializer. With mu held.
func (h *Home) accountEntity(a *knownAccount) map[string]any {
	entity := h.profileEntity(a)
	if to := h.byURI[a.MovedTo]; to != nil {
		entity["moved"] = h.profileEntity(to)
	}
	return entity
}

func (h *Home) profileEntity(a *knownAccount) map[string]any {
	entity := map[string]any{
		"id": formatID(a.ID), "username": a.Username, "acct": a.acct(), "display_name": a.DisplayName,
		"locked": a.Locked, "bot": false, "discoverable": a.Indexable, "indexable": a.Indexable, "group": false,
		"created_at": a.Created.UTC().Truncate(24 * time.Hour).Format(timeMillis), "note": a.Note, "url": a.URL, "uri": a.URI,
		"avatar": h.link("/avatars/original/missing.png", nil), "avatar_static": h.link("/avatars/original/missing.png", nil),
		"header": h.link("/headers/original/missing.png", nil), "header_static": h.link("/headers/original/missing.png", nil),
		"followers_count": a.Followers, "following_count": 0, "statuses_count": a.Count, "last_status_at": h.lastStatus(a),
		"hide_collections": nil, "emojis": []any{}, "fields": fieldEntities(a.Fields),
	}
	if h.suspendedAccounts[a.URI] {
		entity["suspended"], entity["display_name"], entity["note"], entity["fields"] = true, "", "", []any{}
	}
	if _, _, s := h.settings(); !s.atLeast(4, 2) {
		delete(entity, "uri") // it came with 4.2
		delete(entity, "indexable")
	}
	return entity
}

func fieldEntities(fields [][2]string) []any {
	entities := make([]any, 0, len(fields))
	for _, f := range fields {
		entities = append(entities, map[string]any{"name": f[0], "value": f[1], "verified_at": nil})
	}
	return entities
}

func (h *Home) lastStatus(a *knownAccount) any {
	if list := h.held[a.URI]; len(list) > 0 {
		return list[0].CreatedAt.UTC().Format("2006-01-02")
	}
	return nil
}

// statusEntity is REST::StatusSerializer. With mu held.
func (h *Home) statusEntity(s *status) map[string]any {
	entity := map[string]any{
		"id": formatID(s.ID), "created_at": s.CreatedAt.UTC().Format(timeMillis),
		"in_reply_to_id": nil, "in_reply_to_account_id": nil, "sensitive": false, "spoiler_text": "",
		"visibility": s.Visibility.String(), "language": "en", "uri": s.URI, "url": s.URL,
		"replies_count": 0, "reblogs_count": 0, "favourites_count": 0, "edited_at": nil,
		"favourited": false, "reblogged": false, "muted": false, "bookmarked": false, "filtered": []any{},
		"content": s.Content, "reblog": nil, "account": h.accountEntity(h.byURI[s.Account]),
		"media_attachments": []any{}, "mentions": []any{}, "tags": h.tagEntities(s.Tags), "emojis": []any{}, "card": nil, "poll": nil,
	}
	if !s.EditedAt.IsZero() {
		entity["edited_at"] = s.EditedAt.UTC().Format(timeMillis)
	}
	if parent := h.statuses[s.InReplyTo]; parent != nil {
		entity["in_reply_to_id"] = formatID(parent.ID)
		entity["in_reply_to_account_id"] = formatID(h.byURI[parent.Account].ID)
	}
	if s.BoostOf != "" {
		entity["content"] = ""
		if of := h.statuses[s.BoostOf]; of != nil && of.BoostOf == "" {
			entity["reblog"] = h.statusEntity(of)
		}
	}
	return entity
}

func (h *Home) tagEntities(tags []string) []any {
	entities := make([]any, 0, len(tags))
	for _, t := range tags {
		entities = append(entities, map[string]any{"name": t, "url": h.link("/tags/"+url.PathEscape(t), nil)})
	}
	return entities
}
