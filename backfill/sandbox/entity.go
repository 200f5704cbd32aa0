package sandbox

import (
	"net/url"
	"time"
)

const timeMillis = "2006-01-02T15:04:05.000Z"

// acct is the account's name as home writes it, without a domain if local.
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
		"followers_count": a.Followers, "following_count": h.followingCount(a), "statuses_count": a.Count, "last_status_at": h.lastStatus(a),
		"hide_collections": nil, "emojis": []any{}, "fields": fieldEntities(a.Fields),
	}
	if h.suspendedAccounts[a.URI] {
		entity["suspended"], entity["display_name"], entity["note"], entity["fields"] = true, "", "", []any{}
	}
	h.addPictures(entity)
	approval := "missing"
	if a.Domain == "" {
		entity["noindex"], entity["roles"] = false, []any{}
		approval = "denied"
	}
	h.addNewer(entity, approval)
	if _, _, s := h.settings(); !s.atLeast(4, 2) {
		delete(entity, "uri") // new in 4.2
		delete(entity, "indexable")
	}
	return entity
}

// addPictures adds the placeholders of an account without pictures.
func (h *Host) addPictures(entity map[string]any) {
	for _, name := range []string{"avatar", "header"} {
		picture := h.link("/"+name+"s/original/missing.png", nil)
		entity[name], entity[name+"_static"] = picture, picture
	}
}

// addNewer adds the members that accounts have had since 4.6; approval says
// whether you may put the account into a collection.
func (h *Host) addNewer(entity map[string]any, approval string) {
	if _, _, s := h.settings(); !s.atLeast(4, 6) {
		return
	}
	entity["avatar_description"], entity["header_description"] = "", ""
	entity["show_media"], entity["show_media_replies"], entity["show_featured"] = true, true, true
	entity["feature_approval"] = approvalEntity(approval)
}

func approvalEntity(yours string) map[string]any {
	return map[string]any{"automatic": []any{}, "manual": []any{}, "current_user": yours}
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
	h.addQuotes(entity)
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

// addQuotes adds the members that posts gained with quotes in 4.5 and with
// collections in 4.6.
func (h *Host) addQuotes(entity map[string]any) {
	_, _, s := h.settings()
	if s.atLeast(4, 5) {
		entity["quotes_count"], entity["quote"], entity["quote_approval"] = 0, nil, approvalEntity("denied")
	}
	if s.atLeast(4, 6) {
		entity["tagged_collections"] = []any{}
	}
}

func (h *Home) tagEntities(tags []string) []any {
	entities := make([]any, 0, len(tags))
	for _, t := range tags {
		entities = append(entities, map[string]any{"name": t, "url": h.link("/tags/"+url.PathEscape(t), nil)})
	}
	return entities
}
