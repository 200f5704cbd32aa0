package activitypub

import (
	"context"
	"errors"
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
	d, err := parseDescriptor(body)
	if err != nil {
		return "", err
	}
	first := ""
	for _, link := range d.links {
		if link.rel != "lrdd" || !strings.Contains(link.template, "{uri}") {
			continue
		}
		if strings.Contains(link.kind, "json") {
			return link.template, nil
		}
		if first == "" {
			first = link.template
		}
	}
	if first == "" {
		return "", errors.New("the document has no link for accounts")
	}
	return first, nil
}
