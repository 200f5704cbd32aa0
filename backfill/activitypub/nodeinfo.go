package activitypub

import (
	"context"
	"sync"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/wellknown"
)

// maxSoftwareHosts is how many hosts a reader remembers the software of.
const maxSoftwareHosts = 1000

// softwareMemory remembers what hosts run, so that a host with many accounts is
// asked once.
type softwareMemory struct {
	mu     sync.Mutex
	byHost map[string]fediverse.Software
}

func (m *softwareMemory) recall(host string) (fediverse.Software, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, found := m.byHost[host]
	return s, found
}

func (m *softwareMemory) remember(host string, s fediverse.Software) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byHost == nil || len(m.byHost) >= maxSoftwareHosts {
		m.byHost = make(map[string]fediverse.Software)
	}
	m.byHost[host] = s
}

func (m *softwareMemory) forget(host string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.byHost, host)
}

// software says what a host runs, spelled as the host itself does. It is asked
// once in a week, if it answers.
func (r *Reader) software(ctx context.Context, host string, port int) (fediverse.Software, error) {
	if s, found := r.hosts.recall(host); found {
		return s, nil
	}
	s, found, err := r.recallSoftware(ctx, host)
	if found || err != nil {
		return s, err
	}
	return r.softwareNow(ctx, host, port)
}

// softwareNow is software whatever earlier processes have learnt.
func (r *Reader) softwareNow(ctx context.Context, host string, port int) (fediverse.Software, error) {
	if s, found := r.hosts.recall(host); found {
		return s, nil
	}
	s, err := r.nodeinfo(ctx, host, port)
	if err != nil {
		return s, err
	}
	r.hosts.remember(host, s)
	return s, r.rememberSoftware(ctx, host, s)
}

// nodeinfo reads what a host runs. The domain of the handles may redirect to the
// server's host, which then has the document.
func (r *Reader) nodeinfo(ctx context.Context, host string, port int) (fediverse.Software, error) {
	links, err := r.client.Get(ctx, fetch.Request{URL: "https://" + host + "/.well-known/nodeinfo", Kind: fetch.JSON, Port: port})
	if err != nil {
		return fediverse.Software{}, within("nodeinfo", err)
	}
	address, err := wellknown.NodeInfoAddress(links.Body, func(address string) string {
		address = secured(address)
		if !isURI(address) || fediverse.HostOf(address) != fediverse.HostOf(links.URL) {
			return ""
		}
		return address
	})
	if err != nil {
		return fediverse.Software{}, malformed(links.URL, err)
	}
	document, err := r.client.Get(ctx, fetch.Request{URL: address, Kind: fetch.JSON, Port: port})
	if err != nil {
		return fediverse.Software{}, within("nodeinfo", err)
	}
	s, err := wellknown.ParseNodeInfo(document.Body)
	if err != nil {
		return fediverse.Software{}, malformed(document.URL, err)
	}
	return s, nil
}
