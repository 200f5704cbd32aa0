package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// jrd is a WebFinger answer.
type jrd struct {
	Subject string `json:"subject"`
	Links   []struct {
		Rel  string `json:"rel"`
		Type string `json:"type"`
		Href string `json:"href"`
	} `json:"links"`
}

// finger asks a domain for an account (lib/webfinger.rb); on a 404 it looks
// where host-meta says.
func (h *Home) finger(ctx context.Context, user, domain string) (subject, self string) {
	acct := "acct:" + user + "@" + domain
	r := h.get(ctx, fmt.Sprintf("https://%s/.well-known/webfinger?resource=%s", domain, acct), "application/jrd+json, application/json")
	if r.status == http.StatusNotFound {
		if template := h.hostMeta(ctx, domain); template != "" {
			r = h.get(ctx, strings.ReplaceAll(template, "{uri}", acct), "application/jrd+json, application/json")
		}
	}
	var found jrd
	if r.status != http.StatusOK || json.Unmarshal(r.body, &found) != nil {
		return "", ""
	}
	for _, l := range found.Links {
		if l.Rel == "self" && isActivity(l.Type) {
			return strings.TrimPrefix(found.Subject, "acct:"), l.Href
		}
	}
	return "", ""
}

var lrdd = regexp.MustCompile(`<Link[^>]+rel=["']lrdd["'][^>]+template=["']([^"']+)["']`)

func (h *Home) hostMeta(ctx context.Context, domain string) string {
	r := h.get(ctx, "https://"+domain+"/.well-known/host-meta", "application/xrd+xml, application/xml, text/xml")
	m := lrdd.FindSubmatch(r.body)
	if r.status != http.StatusOK || m == nil {
		return ""
	}
	return string(m[1])
}
