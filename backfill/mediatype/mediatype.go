// Package mediatype reads the content types that servers give to documents.
package mediatype

import (
	"slices"
	"strings"
)

// ActivityStreams names ActivityStreams in the content type of JSON-LD.
const ActivityStreams = "https://www.w3.org/ns/activitystreams"

// Type is the part of a content type that matters.
type Type struct {
	// Media is the media type in lower case, without parameters.
	Media string
	// profiles are what the parameter profile names.
	profiles []string
}

// Parse reads a content type as Mastodon does (app/helpers/json_ld_helper.rb,
// valid_activitypub_content_type?): the media type is what stands before the first
// semicolon, whatever parameters follow. Servers send parameters twice, without a
// value or without the necessary quotes (WriteFreely's nodeinfo), which the standard
// library's parser refuses.
func Parse(header string) Type {
	media, params, _ := strings.Cut(header, ";")
	t := Type{Media: strings.ToLower(strings.TrimSpace(media))}
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "profile") {
			value = strings.Trim(strings.TrimSpace(value), `"`)
			t.profiles = append(t.profiles, strings.Fields(value)...)
		}
	}
	return t
}

// IsActivityStreams reports whether it is one of the two content types of
// ActivityPub (section 3.2), of a document or in a link. Only a server itself gives
// them: what its users upload has other types (CVE-2024-25623).
func (t Type) IsActivityStreams() bool {
	switch t.Media {
	case "application/activity+json":
		return true
	case "application/ld+json":
		return slices.Contains(t.profiles, ActivityStreams)
	}
	return false
}

// IsJSON reports whether it is any kind of JSON.
func (t Type) IsJSON() bool {
	return t.Media == "application/json" || t.Media == "text/json" || strings.HasSuffix(t.Media, "+json")
}

// IsXML reports whether it is any kind of XML.
func (t Type) IsXML() bool {
	return t.Media == "application/xml" || t.Media == "text/xml" || strings.HasSuffix(t.Media, "+xml")
}

// IsHTML reports whether it is a web page.
func (t Type) IsHTML() bool { return t.Media == "text/html" || t.Media == "application/xhtml+xml" }
