package mastodon

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// webDomainPatience bounds one of the requests that look for a web domain.
	webDomainPatience = 5 * time.Second
	discoveryLimit    = 64 << 10
)

// WebDomain is the host[:port] to which the WebFinger of a server leads, where
// that is another one: people write the domain of handles, while the API lives on
// the web domain (Mastodon config/initializers/1_hosts.rb, WEB_DOMAIN). It is ""
// if the server does not lead anywhere. The token is not sent.
func WebDomain(ctx context.Context, o Options) string {
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
	// the instance itself has an account by this name
	name := "acct:" + home.host + "@" + home.host
	if host := d.leadsTo(ctx, "/.well-known/webfinger?resource="+url.QueryEscape(name), selfLink); host != "" {
		return host
	}
	return d.leadsTo(ctx, "/.well-known/host-meta", lrddTemplate)
}

// discovery asks a server where its accounts live.
type discovery struct {
	home      origin
	userAgent string
	client    *http.Client
}

// leadsTo is the other host that an answer redirects to or names.
func (d discovery) leadsTo(ctx context.Context, path string, named func([]byte) string) string {
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
		address = named(body)
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

// selfLink is the address of the actor in a WebFinger document (RFC 7033).
func selfLink(body []byte) string {
	var jrd struct {
		Links []struct {
			Rel  text `json:"rel"`
			Href text `json:"href"`
		} `json:"links"`
	}
	if json.Unmarshal(body, &jrd) != nil {
		return ""
	}
	for _, l := range jrd.Links {
		if l.Rel == "self" {
			return string(l.Href)
		}
	}
	return ""
}

// lrddTemplate is the address of WebFinger in a host-meta document (RFC 6415).
func lrddTemplate(body []byte) string {
	var xrd struct {
		Links []struct {
			Rel      string `xml:"rel,attr"`
			Template string `xml:"template,attr"`
		} `xml:"Link"`
	}
	if xml.Unmarshal(body, &xrd) != nil {
		return ""
	}
	for _, l := range xrd.Links {
		if u, err := url.Parse(l.Template); err == nil && l.Rel == "lrdd" {
			u.RawQuery = "" // it holds braces
			return u.String()
		}
	}
	return ""
}
