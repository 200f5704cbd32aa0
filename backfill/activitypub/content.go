package activitypub

import (
	"regexp"
	"strings"

	"tootfill/backfill/loosejson"
)

// isEmpty reports whether a post has nothing to show: no content, name, attachment,
// poll or link. WordPress lists password-protected posts like this, and Mastodon
// would import them as empty posts.
func isEmpty(object loosejson.Node) bool {
	return !hasText(object, "content", "contentMap") && !hasText(object, "name", "nameMap") &&
		len(loosejson.AsList(object["attachment"])) == 0 && !hasPoll(object) && !hasLink(object)
}

// hasText says that there is a text, by itself or in some language
// (app/lib/activitypub/parser/status_parser.rb, text and title).
func hasText(object loosejson.Node, key, inLanguages string) bool {
	if !isBlank(object.Text(key)) {
		return true
	}
	for _, raw := range object.Object(inLanguages) {
		if !isBlank(loosejson.AsText(raw)) {
			return true
		}
	}
	return false
}

// blank matches HTML that shows nothing.
var blank = regexp.MustCompile(`(?i)</?(?:p|br|div|span)\b[^>]*>|&nbsp;|&#160;|[\s\x{a0}\x{200b}]`)

func isBlank(html string) bool { return blank.ReplaceAllString(html, "") == "" }

func hasPoll(object loosejson.Node) bool {
	return len(loosejson.AsList(object["oneOf"]))+len(loosejson.AsList(object["anyOf"])) > 0
}

// hasLink says that a post quotes another one, carries a link to an object
// (FEP-e232), or is a file that its "url" leads to.
func hasLink(object loosejson.Node) bool {
	for _, key := range []string{"quote", "quoteUrl", "quoteUri", "_misskey_quote"} {
		if object.Ref(key) != "" {
			return true
		}
	}
	for _, raw := range loosejson.AsList(object["tag"]) {
		if tag := loosejson.AsNode(raw); tag.Is(func(t string) bool { return t == "Link" }) && tag.Text("href") != "" {
			return true
		}
	}
	return object.Is(isFileType) && object.Ref("url") != ""
}

func isFileType(t string) bool { return t == "Image" || t == "Audio" || t == "Video" }

// isEmptyStatus is isEmpty for a status of Mastodon's API, which always has
// content.
func isEmptyStatus(status loosejson.Node) bool {
	if !status.Has("content") || !isBlank(status.Text("content")) || strings.TrimSpace(status.Text("spoiler_text")) != "" {
		return false
	}
	for _, key := range []string{"poll", "card", "quote"} {
		if status.Has(key) {
			return false
		}
	}
	return len(loosejson.AsList(status["media_attachments"])) == 0
}
