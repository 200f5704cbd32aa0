package fetch

import (
	"fmt"
	"mime"
	"strings"
)

// checkContentType judges a Content-Type header. A document of the wrong type
// may be something that a user of the server has uploaded, so it proves nothing
// (CVE-2024-25623).
func checkContentType(header string, takes func(string, map[string]string) bool) (string, error) {
	mediaType, params, err := mime.ParseMediaType(header)
	if err != nil {
		if takes("", nil) {
			return "", nil
		}
		return "", fmt.Errorf("content type %q: %w", shorten(header), err)
	}
	if !takes(mediaType, params) {
		return "", fmt.Errorf("unexpected content type %q", shorten(header))
	}
	return mediaType, nil
}

func shorten(s string) string {
	if len(s) > 100 {
		return s[:100] + "..."
	}
	return s
}

func isAnything(string, map[string]string) bool { return true }

func isActivityStreams(mediaType string, params map[string]string) bool {
	switch mediaType {
	case "application/activity+json":
		return true
	case "application/ld+json":
		for profile := range strings.FieldsSeq(params["profile"]) {
			if profile == asProfile {
				return true
			}
		}
	}
	return false
}

func isCollection(mediaType string, params map[string]string) bool {
	return mediaType == "application/json" || isActivityStreams(mediaType, params)
}

func isJSON(mediaType string, _ map[string]string) bool {
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

func isXML(mediaType string, _ map[string]string) bool {
	return mediaType == "application/xml" || mediaType == "text/xml" || strings.HasSuffix(mediaType, "+xml")
}
