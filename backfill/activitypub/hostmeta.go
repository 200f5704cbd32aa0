package activitypub

import (
	"context"
	"errors"

	"tootfill/backfill/fetch"
	"tootfill/backfill/wellknown"
)

// hostMeta reads where a domain serves WebFinger (RFC 6415).
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

func parseHostMeta(body []byte) (string, error) {
	d, err := wellknown.ParseDescriptor(body)
	if err != nil {
		return "", err
	}
	template := d.AccountTemplate()
	if template == "" {
		return "", errors.New("the document has no link for accounts")
	}
	return template, nil
}
