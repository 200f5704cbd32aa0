package mastodon

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	api "github.com/mattn/go-mastodon"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
	"tootfill/backfill/wellknown"
)

// mastodonName is how Mastodon calls itself in nodeinfo.
const mastodonName = "mastodon"

// compatible is the form in which Pleroma and its kin give their version in
// Mastodon's API: "2.7.2 (compatible; Pleroma 2.5.0)".
var compatible = regexp.MustCompile(`\(compatible; (\S+) ([^)]*)\)`)

// Software asks home once what it runs: through its instance API and, if that
// leaves it open, through nodeinfo.
func (s *Server) Software(ctx context.Context) (fediverse.Software, error) {
	s.mu.Lock()
	known := s.software
	s.mu.Unlock()
	if known.Name != "" {
		return known, nil
	}
	i, err := s.instance(ctx)
	sw, sure := i.software()
	if status(err) == http.StatusNotFound {
		sw, sure, err = fediverse.Software{Name: "unknown"}, false, nil
	}
	if err != nil {
		return fediverse.Software{}, fmt.Errorf("asking %s for its version: %w", s.Host(), err)
	}
	if !sure {
		if sw, err = s.nodeInfo(ctx, sw); err != nil {
			return fediverse.Software{}, fmt.Errorf("asking %s for its software: %w", s.Host(), err)
		}
	}
	s.SetSoftware(sw)
	return sw, nil
}

// HasAPI reports whether home has Mastodon's API: whether it answers with what it
// is. An error says that it did not answer, or not now.
func (s *Server) HasAPI(ctx context.Context) (bool, error) {
	i, err := s.instance(ctx)
	switch at := status(err); {
	case at == http.StatusTooManyRequests, at >= http.StatusInternalServerError, err != nil && at == 0:
		return false, fmt.Errorf("asking %s what it is: %w", s.Host(), err)
	}
	return err == nil && i.Version != "", nil
}

// SetSoftware sets what home runs, if that is known from an earlier run; it saves
// the requests of Software.
func (s *Server) SetSoftware(sw fediverse.Software) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.software = sw
	s.transport.gate.knowSoftware(sw)
}

// instance is the answer of both versions of the instance API.
type instance struct {
	Version   loosejson.Text `json:"version"`
	SourceURL loosejson.Text `json:"source_url"` // v2
	Domain    loosejson.Text `json:"domain"`     // v2
	URI       loosejson.Text `json:"uri"`        // v1: the domain, or a URL of it

	Configuration loosejson.Maybe[struct {
		LimitedFederation loosejson.Flag `json:"limited_federation"` // v2
	}] `json:"configuration"`
}

// instance reads /api/v2/instance, which Mastodon has had since 4.0 and the library
// does not know, or else /api/v1/instance. It is asked for until it is there.
func (s *Server) instance(ctx context.Context) (instance, error) {
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	var i instance
	_, err := s.get(ctx, "/api/v2/instance", nil, &i)
	if status(err) == http.StatusNotFound {
		err = s.read(&i, func(c *api.Client) error {
			_, err := c.GetInstance(ctx)
			return err
		})
	}
	if err != nil {
		return instance{}, err
	}
	if i.Domain == "" {
		i.Domain = i.URI
		if host := fediverse.HostOf(string(i.URI)); host != "" {
			i.Domain = loosejson.Text(host)
		}
	}
	s.mu.Lock()
	s.known = &i
	s.mu.Unlock()
	return i, nil
}

// LimitedFederation reports whether home says that it federates only with servers
// that it has allowed (Mastodon app/serializers/rest/instance_serializer.rb). It
// is false if home does not answer.
func (s *Server) LimitedFederation(ctx context.Context) (bool, error) {
	i, err := s.instance(ctx)
	if err != nil {
		return false, ifNotAnswered(err)
	}
	return bool(i.Configuration.Value.LimitedFederation), nil
}

// software is the software according to the instance API; sure is false if it may
// be another one.
func (i instance) software() (sw fediverse.Software, sure bool) {
	if m := compatible.FindStringSubmatch(string(i.Version)); m != nil {
		return fediverse.Software{Name: strings.ToLower(clean(m[1])), Version: clean(m[2])}, true
	}
	sw = fediverse.Software{Name: mastodonName, Version: clean(string(i.Version))}
	return sw, strings.HasSuffix(strings.TrimSuffix(strings.ToLower(string(i.SourceURL)), "/"), "/mastodon")
}

// nodeInfo asks home through nodeinfo (nodeinfo.diaspora.software), which is not
// part of Mastodon's API and so not of the library. If home offers none of its own,
// the guess stands.
func (s *Server) nodeInfo(ctx context.Context, guess fediverse.Software) (fediverse.Software, error) {
	var body json.RawMessage
	if _, err := s.get(ctx, "/.well-known/nodeinfo", nil, &body); err != nil {
		return guess, ifNotAnswered(err)
	}
	address, err := wellknown.NodeInfoAddress(body, func(address string) string {
		if u, err := url.Parse(address); err != nil || !s.home.is(u) {
			return ""
		}
		return address
	})
	if err != nil {
		return guess, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return guess, nil
	}
	if _, err := s.get(ctx, u.EscapedPath(), u.Query(), &body); err != nil {
		return guess, ifNotAnswered(err)
	}
	sw, err := wellknown.ParseNodeInfo(body)
	if err != nil || sw.Name == "" {
		return guess, nil
	}
	sw.Name = strings.ToLower(sw.Name)
	return sw, nil
}

// ifNotAnswered drops an error that is an answer of home.
func ifNotAnswered(err error) error {
	if status(err) != 0 {
		return nil
	}
	return err
}

// localDomain is the domain of home's own accounts, which may differ from its
// host (Mastodon config/initializers/1_hosts.rb, LOCAL_DOMAIN).
func (s *Server) localDomain(ctx context.Context) (string, error) {
	i, err := s.instance(ctx)
	switch {
	case err != nil && ifNotAnswered(err) != nil:
		return "", err
	case err != nil || i.Domain == "":
		return s.Host(), nil
	}
	return string(i.Domain), nil
}
