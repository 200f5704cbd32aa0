package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// instanceRoutes adds nodeinfo and the instance API, which every Mastodon has.
func (h *Host) instanceRoutes() {
	h.mux.HandleFunc("GET /.well-known/nodeinfo", h.keep(always(caching{good: keptFor3Days}), h.nodeinfoLinks))
	h.mux.HandleFunc("GET /nodeinfo/2.0", h.keep(always(caching{good: "max-age=1800, public"}), h.nodeinfo))
	h.apiKept("GET /api/v1/instance", always(cachedInstance), h.instanceV1)
	h.apiKept("GET /api/v2/instance", always(cachedInstance), h.instanceV2)
}

func (h *Host) nodeinfoLinks(w http.ResponseWriter, _ *http.Request) {
	answerOK(w, map[string]any{"links": []any{map[string]any{
		"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": h.link("/nodeinfo/2.0", nil)}}})
}

func (h *Host) nodeinfo(w http.ResponseWriter, _ *http.Request) {
	_, _, s := h.settings()
	answerOK(w, map[string]any{
		"version":   "2.0",
		"software":  map[string]any{"name": strings.ToLower(s.name), "version": s.version},
		"protocols": []string{"activitypub"}, "services": map[string]any{"inbound": []any{}, "outbound": []any{}},
		"usage":             map[string]any{"users": map[string]any{"total": 4, "activeMonth": 3, "activeHalfyear": 4}, "localPosts": 500},
		"openRegistrations": false, "metadata": map[string]any{"nodeName": h.domain, "nodeDescription": ""},
	})
}

// apiVersion is the version in the instance API. There, other software names the
// Mastodon version that it is compatible with.
func (s software) apiVersion() string {
	switch {
	case s.api != "":
		return s.api
	case s.isMastodon():
		return s.version
	default:
		return fmt.Sprintf("4.2.8 (compatible; %s %s)", s.name, s.version)
	}
}

// atLeast compares the Mastodon version in the instance API.
func (s software) atLeast(major, minor int) bool {
	parts := strings.SplitN(s.apiVersion(), ".", 3)
	if len(parts) < 2 {
		return false
	}
	gotMajor, err := strconv.Atoi(parts[0])
	if err != nil {
		return false
	}
	gotMinor, err := strconv.Atoi(parts[1])
	if err != nil {
		return false
	}
	return gotMajor > major || gotMajor == major && gotMinor >= minor
}

func (h *Host) instanceV1(w http.ResponseWriter, _ *http.Request) {
	_, _, s := h.settings()
	if s.atLeast(4, 4) {
		w.Header().Set("Deprecation", "@1668384000")
	}
	answerOK(w, map[string]any{
		"uri": h.domain, "title": h.domain, "short_description": "A server of the sandbox", "description": "",
		"email": "admin@" + h.domain, "version": s.apiVersion(), "urls": map[string]any{"streaming_api": "wss://" + h.domain},
		"stats":     map[string]any{"user_count": 4, "status_count": 500, "domain_count": 5},
		"thumbnail": h.link("/preview.png", nil), "languages": []string{"en"}, "registrations": false,
		"approval_required": false, "invites_enabled": false, "configuration": h.configurationV1(), "contact_account": nil, "rules": []any{},
	})
}

// instanceV2 came with Mastodon 4.0; older servers answer 404.
func (h *Host) instanceV2(w http.ResponseWriter, r *http.Request) {
	_, _, s := h.settings()
	if !s.atLeast(4, 0) {
		routeNotFound(w, r)
		return
	}
	entity := map[string]any{
		"domain": h.domain, "title": h.domain, "version": s.apiVersion(), "source_url": "https://github.com/mastodon/mastodon",
		"description": "A server of the sandbox", "usage": map[string]any{"users": map[string]any{"active_month": 3}},
		"thumbnail": map[string]any{"url": h.link("/preview.png", nil)}, "languages": []string{"en"},
		"icon":          []any{map[string]any{"src": h.link("/icon.png", nil), "size": "36x36"}},
		"configuration": h.configurationV2(s),
		"registrations": map[string]any{"enabled": false, "approval_required": false, "message": nil, "url": nil},
		"contact":       map[string]any{"email": "admin@" + h.domain, "account": nil}, "rules": []any{},
		"api_versions": map[string]any{"mastodon": 2},
	}
	if s.atLeast(4, 6) {
		entity["thumbnail"] = map[string]any{"url": h.link("/preview.png", nil), "description": "A mastodon"}
		entity["registrations"] = map[string]any{"enabled": false, "approval_required": false, "reason_required": false,
			"message": nil, "min_age": nil, "url": nil}
		entity["wrapstodon"] = nil
		entity["api_versions"] = map[string]any{"mastodon": 11}
	}
	answerOK(w, entity)
}

// configurationV1 holds the limits that both versions of the instance API report.
func (h *Host) configurationV1() map[string]any {
	return map[string]any{
		"accounts": map[string]any{"max_featured_tags": 10},
		"statuses": map[string]any{"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
		"media_attachments": map[string]any{
			"supported_mime_types": []any{"image/jpeg"}, "image_size_limit": 16777216, "image_matrix_limit": 33177600,
			"video_size_limit": 103809024, "video_frame_rate_limit": 120, "video_matrix_limit": 8294400,
		},
		"polls": map[string]any{"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2629746},
	}
}

func (h *Host) configurationV2(s software) map[string]any {
	c := h.configurationV1()
	accounts := map[string]any{"max_featured_tags": 10, "max_pinned_statuses": 5}
	c["accounts"] = accounts
	c["urls"] = map[string]any{"streaming": "wss://" + h.domain, "status": nil}
	c["vapid"] = map[string]any{"public_key": ""}
	c["translation"] = map[string]any{"enabled": false}
	if s.atLeast(4, 4) { // 4.3 does not report it
		c["limited_federation"] = h.limitedFederation != nil && h.limitedFederation()
	}
	if !s.atLeast(4, 6) {
		return c
	}
	accounts["max_display_name_length"], accounts["max_note_length"] = 40, 500
	accounts["max_avatar_description_length"], accounts["max_header_description_length"] = 150, 150
	accounts["max_profile_fields"], accounts["profile_field_name_limit"], accounts["profile_field_value_limit"] = 4, 255, 255
	media, _ := c["media_attachments"].(map[string]any)
	media["description_limit"] = 10000
	c["urls"] = map[string]any{"streaming": "wss://" + h.domain, "status": nil, "about": h.link("/about", nil),
		"privacy_policy": h.link("/privacy-policy", nil), "terms_of_service": nil}
	feeds := map[string]any{"local": "public", "remote": "public"}
	c["timelines_access"] = map[string]any{"live_feeds": feeds, "hashtag_feeds": feeds, "trending_link_feeds": feeds}
	return c
}
