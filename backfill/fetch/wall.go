package fetch

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"tootfill/backfill/mediatype"
)

// maxPageHead is how much of an answer is searched for signs of a web page.
const maxPageHead = 4 << 10

// isWall reports whether an answer comes from something in front of the origin that
// keeps programs out. It may show in the headers: a challenge by Cloudflare
// (developers.cloudflare.com, "Detect a Challenge Page response"), AWS WAF or
// Anubis, whatever the status. Or it is a refusal in the form of a web page:
// fediverse servers refuse unsigned requests in JSON or plain text.
func isWall(response *http.Response) (bool, error) {
	if response.Header.Get("Cf-Mitigated") != "" || response.Header.Get("X-Amzn-Waf-Action") != "" {
		return true, nil
	}
	if !mediatype.Parse(response.Header.Get("Content-Type")).IsHTML() {
		return false, nil
	}
	if isAnubis(response.Header) {
		return true, nil
	}
	if response.StatusCode != http.StatusUnauthorized && response.StatusCode != http.StatusForbidden {
		return false, nil
	}
	// A word or two without markup may be the server's own.
	head, err := io.ReadAll(io.LimitReader(response.Body, maxPageHead))
	return bytes.ContainsRune(head, '<'), err
}

// isAnubis recognises the cookies of Anubis, which sends its challenge with 200.
func isAnubis(header http.Header) bool {
	for _, cookie := range header.Values("Set-Cookie") {
		name, _, _ := strings.Cut(cookie, "=")
		if strings.Contains(strings.ToLower(name), "anubis") {
			return true
		}
	}
	return false
}
