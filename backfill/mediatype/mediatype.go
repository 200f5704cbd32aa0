// Package mediatype reads the content types that servers give to documents.
package mediatype

import (
	"slices"
	"strings"
)

// ActivityStreams names ActivityStreams in the content type of JSON-LD.
const ActivityStreams = "https://www.w3.org/ns/activitystreams"

// Type is what matters of a content type.
type Type struct {
	// Media is the media type in lower case, without parameters.
	Media string
	// profiles are what the parameter profile names.
	profiles []string
}

// Parse reads a content type as Mastodon does
// (app/helpers/json_ld_helper.rb, valid_activitypub_content_type?): what stands
// before the first semicolon is the media type, whatever parameters follow. They
// come twice, without a value or without quotes where they should have some
// (WriteFreely's nodeinfo), which the parser of the standard library refuses.
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

// IsActivityStreams says whether it is one of the two content types of ActivityPub
// (section 3.2), be it that of a document or that which a link promises. Only a
// server itself gives them: what its users upload is of others (CVE-2024-25623).
func (t Type) IsActivityStreams() bool {
	switch t.Media {
	case "application/activity+json":
		return true
	case "application/ld+json":
		return slices.Contains(t.profiles, ActivityStreams)
	}
	return false
}

// IsJSON says whether it is any kind of JSON.
func (t Type) IsJSON() bool {
	return t.Media == "application/json" || t.Media == "text/json" || strings.HasSuffix(t.Media, "+json")
}

// IsXML says whether it is any kind of XML.
func (t Type) IsXML() bool {
	return t.Media == "application/xml" || t.Media == "text/xml" || strings.HasSuffix(t.Media, "+xml")
}

// IsHTML says whether it is a web page.
func (t Type) IsHTML() bool { return t.Media == "text/html" || t.Media == "application/xhtml+xml" }
