package activitypub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"tootfill/backfill/fetch"
)

// maxSoftware is how long the name or version of a software may be, in bytes.
const maxSoftware = 64

// nodeinfoSchemas are the relations of the links to nodeinfo documents, the one
// we like best first (nodeinfo.diaspora.software).
func nodeinfoSchemas() []string {
	const schema = "http://nodeinfo.diaspora.software/ns/schema/"
	return []string{schema + "2.0", schema + "2.1", schema + "2.2", schema + "1.1", schema + "1.0"}
}

// software asks a host what it runs.
func (r *Reader) software(ctx context.Context, host string, port int) (name, version string, err error) {
	links, err := r.nodeinfo(ctx, "https://"+host+"/.well-known/nodeinfo", port)
	if err != nil {
		return "", "", err
	}
	address, err := nodeinfoAddress(links, host)
	if err != nil {
		return "", "", malformed("https://"+host, err)
	}
	info, err := r.nodeinfo(ctx, address, port)
	if err != nil {
		return "", "", err
	}
	name, version = describeSoftware(info)
	return name, version, nil
}

func (r *Reader) nodeinfo(ctx context.Context, address string, port int) (node, error) {
	d, err := r.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.JSON, Port: port})
	if err != nil {
		return nil, within("nodeinfo", err)
	}
	n, err := parseNode(d.Body)
	if err != nil {
		return nil, malformed(d.URL, fmt.Errorf("nodeinfo: %w", err))
	}
	return n, nil
}

// nodeinfoAddress picks the document to read, which must be on the same host.
func nodeinfoAddress(links node, host string) (string, error) {
	addresses := map[string]string{}
	for _, raw := range asList(links["links"]) {
		link := asNode(raw)
		if href := link.text("href"); isURI(href) && hostOf(href) == asHost(host) {
			addresses[link.text("rel")] = href
		}
	}
	for _, rel := range nodeinfoSchemas() {
		if address := addresses[rel]; address != "" {
			return address, nil
		}
	}
	return "", errors.New("nodeinfo: no link to a document on this host")
}

func describeSoftware(info node) (name, version string) {
	s := info.object("software")
	return softwareText(s.text("name")), softwareText(s.text("version"))
}

// softwareText keeps what can be shown of a name or version.
func softwareText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, s)
	if len(s) > maxSoftware {
		s = strings.ToValidUTF8(s[:maxSoftware], "")
	}
	return strings.TrimSpace(s)
}
