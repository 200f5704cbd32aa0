package activitypub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
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

// maxSoftwareHosts is how many hosts a reader remembers the software of.
const maxSoftwareHosts = 1000

// softwareMemory remembers what hosts run, so that a host with many accounts is
// asked once.
type softwareMemory struct {
	mu    sync.Mutex
	known map[string][2]string
}

func (m *softwareMemory) recall(host string) (name, version string, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, found := m.known[host]
	return s[0], s[1], found
}

func (m *softwareMemory) remember(host, name, version string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxSoftwareHosts {
		m.known = make(map[string][2]string)
	}
	m.known[host] = [2]string{name, version}
}

// software says what a host runs. It is asked once in a reader's life, if it
// answers.
func (r *Reader) software(ctx context.Context, host string, port int) (name, version string, err error) {
	if name, version, found := r.hosts.recall(host); found {
		return name, version, nil
	}
	if name, version, err = r.askSoftware(ctx, host, port); err == nil {
		r.hosts.remember(host, name, version)
	}
	return name, version, err
}

func (r *Reader) askSoftware(ctx context.Context, host string, port int) (name, version string, err error) {
	links, from, err := r.nodeinfo(ctx, "https://"+host+"/.well-known/nodeinfo", port)
	if err != nil {
		return "", "", err
	}
	address, err := nodeinfoAddress(links, hostOf(from))
	if err != nil {
		return "", "", malformed("https://"+host, err)
	}
	info, _, err := r.nodeinfo(ctx, address, port)
	if err != nil {
		return "", "", err
	}
	name, version = describeSoftware(info)
	return name, version, nil
}

// nodeinfo reads a document, and says where it was in the end: the domain of the
// handles may send on to the one where the server is.
func (r *Reader) nodeinfo(ctx context.Context, address string, port int) (n node, from string, err error) {
	d, err := r.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.JSON, Port: port})
	if err != nil {
		return nil, "", within("nodeinfo", err)
	}
	if n, err = parseNode(d.Body); err != nil {
		return nil, "", malformed(d.URL, fmt.Errorf("nodeinfo: %w", err))
	}
	return n, d.URL, nil
}

// nodeinfoAddress picks the document to read, which must be on the same host.
func nodeinfoAddress(links node, host string) (string, error) {
	addresses := map[string]string{}
	for _, raw := range asList(links["links"]) {
		link := asNode(raw)
		if href := secured(link.text("href")); isURI(href) && hostOf(href) == host {
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
