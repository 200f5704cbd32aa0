package activitypub

import (
	"regexp"
	"strings"
)

// isEmpty says that a post has nothing to show: no content, name, attachment,
// poll or link. WordPress lists posts that are protected by a password so, and
// Mastodon would take them in as posts without a word.
func isEmpty(object node) bool {
	return !hasText(object, "content", "contentMap") && !hasText(object, "name", "nameMap") &&
		len(asList(object["attachment"])) == 0 && !hasPoll(object) && !hasLink(object)
}

// hasText says that there is a text, by itself or in some language
// (app/lib/activitypub/parser/status_parser.rb, text and title).
func hasText(object node, key, inLanguages string) bool {
	if !isBlank(object.text(key)) {
		return true
	}
	for _, raw := range object.object(inLanguages) {
		if !isBlank(asText(raw)) {
			return true
		}
	}
	return false
}

// blank is what of HTML shows nothing.
var blank = regexp.MustCompile(`(?i)</?(?:p|br|div|span)\b[^>]*>|&nbsp;|&#160;|[\s\x{a0}\x{200b}]`)

func isBlank(html string) bool { return blank.ReplaceAllString(html, "") == "" }

func hasPoll(object node) bool {
	return len(asList(object["oneOf"]))+len(asList(object["anyOf"])) > 0
}

// hasLink says that a post quotes another one, carries a link to an object
// (FEP-e232), or is a file that its "url" leads to.
func hasLink(object node) bool {
	for _, key := range []string{"quote", "quoteUrl", "quoteUri", "_misskey_quote"} {
		if object.ref(key) != "" {
			return true
		}
	}
	for _, raw := range asList(object["tag"]) {
		if tag := asNode(raw); tag.is(func(t string) bool { return t == "Link" }) && tag.text("href") != "" {
			return true
		}
	}
	return object.is(isFileType) && object.ref("url") != ""
}

func isFileType(t string) bool { return t == "Image" || t == "Audio" || t == "Video" }

// isEmptyStatus is isEmpty for a status of Mastodon's API, which always has
// content.
func isEmptyStatus(status node) bool {
	if !status.has("content") || !isBlank(status.text("content")) || strings.TrimSpace(status.text("spoiler_text")) != "" {
		return false
	}
	for _, key := range []string{"poll", "card", "quote"} {
		if status.has(key) {
			return false
		}
	}
	return len(asList(status["media_attachments"])) == 0
}
