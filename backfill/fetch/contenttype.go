package fetch

import (
	"fmt"
	"slices"
	"strings"

	"tootfill/backfill/cleantext"
)

// contentType is what matters of a Content-Type header.
type contentType struct {
	// media is the media type in lower case, without parameters.
	media string
	// profiles are what the parameter profile names.
	profiles []string
}

// parseContentType reads a Content-Type header as Mastodon does
// (app/helpers/json_ld_helper.rb, valid_activitypub_content_type?): what stands
// before the first semicolon is the media type, whatever parameters follow. They
// come twice, without a value or without quotes where they should have some
// (WriteFreely's nodeinfo), which the parser of the standard library refuses.
func parseContentType(header string) contentType {
	media, params, _ := strings.Cut(header, ";")
	c := contentType{media: strings.ToLower(strings.TrimSpace(media))}
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "profile") {
			value = strings.Trim(strings.TrimSpace(value), `"`)
			c.profiles = append(c.profiles, strings.Fields(value)...)
		}
	}
	return c
}

// IsActivityStreams says whether a content type is one of the two of ActivityPub
// (section 3.2), be it that of a document or that which a link promises.
func IsActivityStreams(header string) bool { return isActivityStreams(parseContentType(header)) }

// checkContentType judges a Content-Type header. An actor, a collection or an
// object of the wrong type may be something that a user of the server has
// uploaded, so it proves nothing (CVE-2024-25623).
func checkContentType(header string, takes func(contentType) bool) (string, error) {
	c := parseContentType(header)
	if !takes(c) {
		return "", fmt.Errorf("unexpected content type %q", cleantext.Shorten(header))
	}
	return c.media, nil
}

func isAnything(contentType) bool { return true }

func isActivityStreams(c contentType) bool {
	switch c.media {
	case "application/activity+json":
		return true
	case "application/ld+json":
		return slices.Contains(c.profiles, asProfile)
	}
	return false
}

func isCollection(c contentType) bool { return c.media == "application/json" || isActivityStreams(c) }

func isJSON(c contentType) bool {
	return c.media == "application/json" || c.media == "text/json" || strings.HasSuffix(c.media, "+json")
}

func isXML(c contentType) bool {
	return c.media == "application/xml" || c.media == "text/xml" || strings.HasSuffix(c.media, "+xml")
}
