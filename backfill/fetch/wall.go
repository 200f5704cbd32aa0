package fetch

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"tootfill/backfill/mediatype"
)

// maxPageHead is how much of a page is looked at to see that it is one.
const maxPageHead = 4 << 10

// isWall says that an answer comes from something in front of the origin that
// keeps programs out. By its headers: a challenge of Cloudflare
// (developers.cloudflare.com, "Detect a Challenge Page response"), of AWS WAF or
// of Anubis, whatever the status. Or a refusal in the form of a web page: servers
// of the fediverse refuse unsigned requests in JSON or plain text.
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
	// A word or two of no markup may well be the server's own.
	head, err := io.ReadAll(io.LimitReader(response.Body, maxPageHead))
	return bytes.ContainsRune(head, '<'), err
}

// isAnubis knows the cookies of Anubis, which answers its challenge with 200.
func isAnubis(header http.Header) bool {
	for _, cookie := range header.Values("Set-Cookie") {
		name, _, _ := strings.Cut(cookie, "=")
		if strings.Contains(strings.ToLower(name), "anubis") {
			return true
		}
	}
	return false
}
