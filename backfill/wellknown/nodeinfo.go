package wellknown

import (
	"errors"
	"fmt"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// maxSoftware bounds the name and the version of a software, in columns.
const maxSoftware = 64

// nodeInfoSchemas are the relations of the links to nodeinfo documents, the
// preferred one first (nodeinfo.diaspora.software).
func nodeInfoSchemas() []string {
	const schema = "http://nodeinfo.diaspora.software/ns/schema/"
	return []string{schema + "2.0", schema + "2.1", schema + "2.2", schema + "1.1", schema + "1.0"}
}

// NodeInfoAddress picks the nodeinfo document to read out of the answer to
// /.well-known/nodeinfo. fit is called with each address and returns the form in
// which to read it, or "" not to read it.
func NodeInfoAddress(body []byte, fit func(address string) string) (string, error) {
	d, err := ParseDescriptor(body)
	if err != nil {
		return "", fmt.Errorf("nodeinfo: %w", err)
	}
	addresses := map[string]string{}
	for _, link := range d.Links {
		if address := fit(link.Href); address != "" {
			addresses[link.Rel] = address
		}
	}
	for _, rel := range nodeInfoSchemas() {
		if address := addresses[rel]; address != "" {
			return address, nil
		}
	}
	return "", errors.New("nodeinfo: no link to a document on this host")
}

// ParseNodeInfo returns what a nodeinfo document says the server runs, made fit to
// show but in its own spelling; empty if it does not say.
func ParseNodeInfo(body []byte) (fediverse.Software, error) {
	n, err := loosejson.Parse(body)
	if err != nil {
		return fediverse.Software{}, fmt.Errorf("nodeinfo: %w", err)
	}
	software := n.Object("software")
	return fediverse.Software{
		Name:    cleantext.Line(software.TextOrNumber("name"), maxSoftware),
		Version: cleantext.Line(software.TextOrNumber("version"), maxSoftware),
	}, nil
}
