package fediverse

import (
	"html"
	"regexp"
	"strings"
)

var (
	// Mastodon writes hashtags as #<span>word</span>, so inline tags vanish, and
	// only tags that end a line of text separate words.
	blockTag  = regexp.MustCompile(`(?i)<\s*/?\s*(br|p|div|li|ul|ol|h[1-6]|blockquote)\b[^>]*>`)
	anyTag    = regexp.MustCompile(`<[^>]*>`)
	optOutTag = regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}_#/&])#(nobot|noarchive|nobackfill)(?:$|[^\p{L}\p{N}_])`)
)

// OptOut looks for the hashtags by which people ask not to have their posts
// collected: #nobot, #noarchive and #nobackfill. It returns the first one found,
// with its #, or "". The texts may be HTML.
func OptOut(texts ...string) string {
	for _, text := range texts {
		plain := blockTag.ReplaceAllString(text, " ")
		plain = html.UnescapeString(anyTag.ReplaceAllString(plain, ""))
		if m := optOutTag.FindStringSubmatch(plain); m != nil {
			return "#" + strings.ToLower(m[1])
		}
	}
	return ""
}
