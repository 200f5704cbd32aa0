package mastodon

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tootfill/backfill/wellknown"
)

const (
	// webDomainPatience bounds one of the requests that look for a web domain.
	webDomainPatience = 5 * time.Second
	discoveryLimit    = 64 << 10
)

// WebDomain is the host[:port] to which a server's WebFinger, host-meta or nodeinfo
// leads, if that is another one: people write the domain of handles, while the API is
// on the web domain (Mastodon config/initializers/1_hosts.rb, WEB_DOMAIN). It is "" if
// they lead nowhere else. account is the name of one there, or "". The token is not
// sent.
func WebDomain(ctx context.Context, o Options, account string) string {
	home, err := parseOrigin(o.Server)
	if err != nil {
		return ""
	}
	connections := newConnections(home, o)
	defer connections.CloseIdleConnections()
	d := discovery{home: home, userAgent: o.UserAgent, client: &http.Client{
		Transport: connections, Timeout: webDomainPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	// the instance itself has an account by the name of its host
	name := "acct:" + cmp.Or(account, home.host) + "@" + home.host
	for _, w := range []struct {
		path  string
		named func(wellknown.Descriptor) string
	}{
		{"/.well-known/webfinger?resource=" + url.QueryEscape(name), actorIn},
		{"/.well-known/host-meta", webFingerIn},
		{"/.well-known/nodeinfo", nodeInfoIn},
	} {
		if host := d.leadsTo(ctx, w.path, w.named); host != "" {
			return host
		}
	}
	return ""
}

// discovery asks a server where its accounts live.
type discovery struct {
	home      origin
	userAgent string
	client    *http.Client
}

// leadsTo is the other host to which an answer redirects, or which it names.
func (d discovery) leadsTo(ctx context.Context, path string, named func(wellknown.Descriptor) string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.home.String()+path, nil)
	if err != nil {
		return ""
	}
	if d.userAgent != "" {
		req.Header.Set("User-Agent", d.userAgent)
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	address := resp.Header.Get("Location")
	if resp.StatusCode == http.StatusOK {
		body, err := io.ReadAll(io.LimitReader(resp.Body, discoveryLimit))
		if err != nil {
			return ""
		}
		document, err := wellknown.ParseDescriptor(body)
		if err != nil {
			return ""
		}
		address = named(document)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return ""
	}
	if o, err := originOf(u); err == nil && o.host != d.home.host {
		return o.host
	}
	return ""
}

// actorIn is the address of the account itself in a WebFinger document, whatever
// its type: only the host matters.
func actorIn(d wellknown.Descriptor) string {
	for _, link := range d.Links {
		if link.Rel == "self" {
			return link.Href
		}
	}
	return ""
}

// nodeInfoIn is the address of a document in a list of nodeinfo documents.
func nodeInfoIn(d wellknown.Descriptor) string {
	for _, link := range d.Links {
		if strings.HasPrefix(link.Rel, "http://nodeinfo.diaspora.software/") {
			return link.Href
		}
	}
	return ""
}

// webFingerIn is the address of WebFinger in a host-meta document.
func webFingerIn(d wellknown.Descriptor) string {
	address, _, _ := strings.Cut(d.AccountTemplate(), "?") // the query holds braces
	return address
}
