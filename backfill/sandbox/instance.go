package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// instanceRoutes adds nodeinfo and the instance API, which every Mastodon has.
func (h *Host) instanceRoutes() {
	h.mux.HandleFunc("GET /.well-known/nodeinfo", h.nodeinfoLinks)
	h.mux.HandleFunc("GET /nodeinfo/2.0", h.nodeinfo)
	h.api("GET /api/v1/instance", h.instanceV1)
	h.api("GET /api/v2/instance", h.instanceV2)
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
		"openRegistrations": false, "metadata": map[string]any{"nodeName": h.domain},
	})
}

// apiVersion is the version in the instance API. Other software names there
// the Mastodon that it is compatible with.
func (s software) apiVersion() string {
	switch {
	case s.api != "":
		return s.api
	case strings.EqualFold(s.name, "mastodon"):
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
	answerOK(w, map[string]any{
		"uri": h.domain, "title": h.domain, "short_description": "A server of the sandbox", "description": "",
		"email": "admin@" + h.domain, "version": s.apiVersion(), "urls": map[string]any{"streaming_api": "wss://" + h.domain},
		"stats":     map[string]any{"user_count": 4, "status_count": 500, "domain_count": 5},
		"thumbnail": h.link("/preview.png", nil), "languages": []string{"en"}, "registrations": false,
		"approval_required": false, "invites_enabled": false, "configuration": configuration(), "contact_account": nil, "rules": []any{},
	})
}

// instanceV2 came with Mastodon 4.0; servers before it answer 404.
func (h *Host) instanceV2(w http.ResponseWriter, r *http.Request) {
	_, _, s := h.settings()
	if !s.atLeast(4, 0) {
		routeNotFound(w, r)
		return
	}
	answerOK(w, map[string]any{
		"domain": h.domain, "title": h.domain, "version": s.apiVersion(), "source_url": "https://github.com/mastodon/mastodon",
		"description": "A server of the sandbox", "usage": map[string]any{"users": map[string]any{"active_month": 3}},
		"thumbnail": map[string]any{"url": h.link("/preview.png", nil)}, "languages": []string{"en"},
		"configuration": configuration(), "registrations": map[string]any{"enabled": false, "approval_required": false, "message": nil},
		"contact": map[string]any{"email": "admin@" + h.domain, "account": nil}, "rules": []any{},
		"api_versions": map[string]any{"mastodon": 7},
	})
}

func configuration() map[string]any {
	return map[string]any{
		"accounts":          map[string]any{"max_featured_tags": 10, "max_pinned_statuses": 5},
		"statuses":          map[string]any{"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
		"media_attachments": map[string]any{"supported_mime_types": []any{}},
		"polls":             map[string]any{"max_options": 4}, "limited_federation": false,
	}
}
