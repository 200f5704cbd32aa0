package sandbox

import (
	"html"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	asContext   = "https://www.w3.org/ns/activitystreams"
	asPublic    = asContext + "#Public"
	timeSeconds = "2006-01-02T15:04:05Z"
)

// object is an ActivityPub document.
type object = map[string]any

func withContext(o object) object {
	doc := object{"@context": []any{asContext, "https://w3id.org/security/v1", object{
		"toot": "http://joinmastodon.org/ns#", "discoverable": "toot:discoverable", "indexable": "toot:indexable",
		"sensitive": "as:sensitive", "Hashtag": "as:Hashtag", "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
		"movedTo": object{"@id": "as:movedTo", "@type": "@id"},
	}}}
	maps.Copy(doc, o)
	return doc
}

// actor is Mastodon's ActivityPub::ActorSerializer. With origin.mu held.
func (a *Account) actor() object {
	o, uri := a.origin, a.URI()
	kind := "Person"
	if a.profile.Group {
		kind = "Group"
	}
	doc := object{
		"id": uri, "type": kind, "preferredUsername": a.profile.Username,
		"name": a.profile.DisplayName, "summary": a.bio(), "url": a.URL(),
		"inbox": uri + "/inbox", "outbox": uri + "/outbox", "featured": uri + "/collections/featured",
		"followers": uri + "/followers", "following": uri + "/following",
		"manuallyApprovesFollowers": a.profile.Locked,
		"discoverable":              !a.profile.Unlisted, "indexable": !a.profile.Unlisted,
		"published":  a.created.UTC().Truncate(24 * time.Hour).Format(timeSeconds),
		"publicKey":  object{"id": uri + "#main-key", "owner": uri, "publicKeyPem": o.sandbox.userKey},
		"endpoints":  object{"sharedInbox": o.link("/inbox", nil)},
		"tag":        []any{},
		"attachment": a.fields(),
	}
	if a.movedTo != nil {
		doc["movedTo"] = a.movedTo.URI()
	}
	doc["featuredTags"], doc["memorial"] = uri+"/collections/tags", false
	if _, _, s := o.settings(); s.atLeast(4, 6) {
		doc["featuredCollections"] = uri + "/featured_collections"
		doc["showFeatured"], doc["showMedia"], doc["showRepliesInMedia"] = true, true, true
		doc["webfinger"] = a.profile.Username + "@" + o.handleDomain
		doc["interactionPolicy"] = object{"canFeature": object{"automaticApproval": []any{uri}}}
	}
	return doc
}

func (a *Account) fields() []any {
	fields := make([]any, 0, len(a.profile.Fields))
	for _, f := range a.profile.Fields {
		fields = append(fields, object{"type": "PropertyValue", "name": f[0], "value": f[1]})
	}
	return fields
}

var hashtag = regexp.MustCompile(`#(\p{L}[\p{L}\p{N}_]*)`)

// bio is the profile text with its hashtags as links.
func (a *Account) bio() string {
	if a.profile.Bio == "" {
		return ""
	}
	return "<p>" + linkTags(a.origin, a.profile.Bio) + "</p>"
}

func linkTags(o *Origin, text string) string {
	return hashtag.ReplaceAllStringFunc(text, func(tag string) string {
		name := strings.TrimPrefix(tag, "#")
		return `<a href="` + html.EscapeString(o.link("/tags/"+strings.ToLower(name), nil)) +
			`" class="mention hashtag" rel="tag">#<span>` + name + `</span></a>`
	})
}

// object is Mastodon's ActivityPub::NoteSerializer. With origin.mu held.
func (p *Post) object() object {
	to, cc := p.addressing()
	n := p.note
	content := n.Content
	if !strings.HasPrefix(content, "<") {
		content = "<p>" + linkTags(p.account.origin, html.EscapeString(content)) + "</p>"
	}
	doc := object{
		"id": p.uri, "type": "Note", "summary": nil, "inReplyTo": nil,
		"published": n.Published.UTC().Format(timeSeconds), "url": p.URL(), "attributedTo": p.account.URI(),
		"to": to, "cc": cc, "sensitive": false, "atomUri": p.uri, "inReplyToAtomUri": nil,
		"content": content, "contentMap": object{"en": content},
		"attachment": []any{}, "tag": p.tags(), "replies": p.replies(),
	}
	p.addNewer(doc)
	if n.InReplyTo != "" {
		doc["inReplyTo"], doc["inReplyToAtomUri"] = n.InReplyTo, n.InReplyTo
	}
	if !n.Edited.IsZero() {
		doc["updated"] = n.Edited.UTC().Format(timeSeconds)
	}
	if n.Undated {
		delete(doc, "published")
	}
	if n.Alter != nil {
		n.Alter(doc)
	}
	return doc
}

// addNewer adds what every post contains but no reader needs.
func (p *Post) addNewer(doc object) {
	o := p.account.origin
	doc["conversation"] = "tag:" + o.webDomain + ":objectType=Conversation:" + formatID(p.id)
	doc["likes"] = object{"id": p.uri + "/likes", "type": "Collection", "totalItems": 0}
	doc["shares"] = object{"id": p.uri + "/shares", "type": "Collection", "totalItems": 0}
	_, _, s := o.settings()
	if s.atLeast(4, 5) {
		doc["interactionPolicy"] = object{"canQuote": object{"automaticApproval": []any{p.account.URI()}}}
	}
	if s.atLeast(4, 6) {
		context := o.link("/contexts/"+p.account.id+"-"+formatID(p.id), nil)
		doc["conversation"], doc["context"] = context, context
	}
}

// addressing returns the post's visibility as Mastodon writes it.
func (p *Post) addressing() (to, cc []any) {
	followers := p.account.URI() + "/followers"
	switch p.note.Audience {
	case Everyone:
		return []any{asPublic}, []any{followers}
	case Unlisted:
		return []any{followers}, []any{asPublic}
	case Followers:
		return []any{followers}, []any{}
	default:
		return []any{"https://" + HomeDomain + "/users/you"}, []any{}
	}
}

func (p *Post) tags() []any {
	tags := make([]any, 0, len(p.note.Tags))
	for _, t := range p.note.Tags {
		tags = append(tags, object{"type": "Hashtag", "name": "#" + t,
			"href": p.account.origin.link("/tags/"+strings.ToLower(t), nil)})
	}
	return tags
}

// activity returns the post as the outbox lists it: Create with the object, or
// Announce with the bare id; a boost of one's own private post embeds the object
// (announce_note_serializer.rb). With origin.mu held.
func (p *Post) activity() object {
	to, cc := p.addressing()
	doc := object{"id": p.uri + "/activity", "actor": p.account.URI(), "to": to, "cc": cc,
		"published": p.note.Published.UTC().Format(timeSeconds)}
	if p.boostOf == "" {
		note := p.object()
		doc["type"], doc["object"] = "Create", note
		if p.note.Undated {
			delete(doc, "published")
		}
		return doc
	}
	doc["type"], doc["object"] = "Announce", p.boostOf
	if p.boosted != nil && p.boosted.note.Audience == Followers {
		doc["object"] = p.boosted.object()
	}
	return doc
}

// webfinger is the JRD of the account (webfinger_serializer.rb).
func (a *Account) webfinger() object {
	return object{
		"subject": "acct:" + a.profile.Username + "@" + a.origin.handleDomain,
		"aliases": []any{a.URL(), a.URI()},
		"links": []any{
			object{"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": a.URL()},
			object{"rel": "self", "type": "application/activity+json", "href": a.URI()},
			object{"rel": "http://ostatus.org/schema/1.0/subscribe", "template": a.origin.link("/authorize_interaction", nil) + "?uri={uri}"},
		},
	}
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }
