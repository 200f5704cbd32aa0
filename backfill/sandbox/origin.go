package sandbox

import (
	"net/http"
	"strings"
	"sync"
)

// Origin is a server on which accounts live. It publishes them as Mastodon
// does. Host names its web domain.
type Origin struct {
	*Host
	handleDomain string
	webDomain    string
	numericIDs   bool
	front        *Host
	keys         *keyring

	mu       sync.Mutex
	accounts []*Account
	pageSize int
	hidden   bool
	// apiClosed is DISALLOW_UNAUTHENTICATED_API_ACCESS.
	apiClosed bool
	// newSignatures says that only signatures of RFC 9421 are accepted.
	newSignatures bool
	robots        string
}

func newOrigin(s *Sandbox, domain string, options []OriginOption) *Origin {
	o := &Origin{handleDomain: domain, webDomain: domain, pageSize: 20, robots: mastodonRobots, keys: newKeyring(s)}
	for _, option := range options {
		option(o)
	}
	o.Host = newHost(s, o.webDomain)
	o.front = o.Host
	if o.webDomain != domain {
		o.front = newHost(s, domain)
		o.front.mux.HandleFunc("GET /.well-known/", o.redirectToWebDomain)
	}
	o.routes()
	return o
}

// Front is the host at the handle domain: the origin's own Host, unless its
// domain is split.
func (o *Origin) Front() *Host { return o.front }

// HandleDomain is the domain in the handles of the origin's accounts.
func (o *Origin) HandleDomain() string { return o.handleDomain }

// SetPageSize sets how many entries a page of an outbox has. The default is
// Mastodon's 20, which cannot be changed there; other software uses other sizes.
func (o *Origin) SetPageSize(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pageSize = max(1, n)
}

// SetHidden turns authorized fetch on or off: requests for ActivityPub documents get
// a 401 without a valid signature, of the draft or of RFC 9421. The key is read
// once, from where its id points. WebFinger, nodeinfo and HTML stay open.
func (o *Origin) SetHidden(hidden bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hidden = hidden
}

// SetRFC9421Only makes a hidden origin refuse signatures of the draft. Mastodon
// accepts both; expect software that does not.
func (o *Origin) SetRFC9421Only(only bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.newSignatures = only
}

// SetRobots sets the text of robots.txt; empty makes it 404.
func (o *Origin) SetRobots(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.robots = text
}

// Handle adds a route for a test, by an http.ServeMux pattern that the origin does
// not have yet.
func (o *Origin) Handle(pattern string, h http.Handler) { o.mux.Handle(pattern, h) }

// account finds an account by its name, or by the id in its URI; nil if none.
func (o *Origin) account(name string) *Account {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, a := range o.accounts {
		if strings.EqualFold(a.profile.Username, name) || a.id == name {
			return a
		}
	}
	return nil
}

const mastodonRobots = `# See http://www.robotstxt.org/robotstxt.html for documentation on how to use the robots.txt file

User-agent: GPTBot
Disallow: /

User-agent: *
Disallow: /media_proxy/
Disallow: /interact/
`
