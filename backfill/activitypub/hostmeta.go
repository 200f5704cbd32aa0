package activitypub

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"tootfill/backfill/fetch"
)

// hostMeta reads where a domain wants to be asked for its accounts (RFC 6415).
func (r *Reader) hostMeta(ctx context.Context, domain string) (string, error) {
	address := "https://" + domain + "/.well-known/host-meta"
	d, err := r.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.XRD, Port: domainPort(domain)})
	if err != nil {
		return "", err
	}
	template, err := parseHostMeta(d.Body)
	if err != nil {
		return "", malformed(d.URL, err)
	}
	return template, nil
}

// parseHostMeta picks the template of the link for accounts. Friendica names
// two, of which the first leads to XML.
func parseHostMeta(body []byte) (string, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	first := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", fmt.Errorf("the document is not valid XML: %w", err)
		}
		element, ok := token.(xml.StartElement)
		if !ok || element.Name.Local != "Link" {
			continue
		}
		template, isJSON := accountLink(element)
		if template == "" {
			continue
		}
		if isJSON {
			return template, nil
		}
		if first == "" {
			first = template
		}
	}
	if first == "" {
		return "", errors.New("the document has no link for accounts")
	}
	return first, nil
}

// accountLink reads the template of a link, if it is one for accounts, and
// whether the answer will be JSON.
func accountLink(link xml.StartElement) (template string, isJSON bool) {
	var rel, kind string
	for _, a := range link.Attr {
		switch a.Name.Local {
		case "rel":
			rel = a.Value
		case "type":
			kind = a.Value
		case "template":
			template = a.Value
		}
	}
	if rel != "lrdd" || !strings.Contains(template, "{uri}") {
		return "", false
	}
	return template, strings.Contains(kind, "json")
}
