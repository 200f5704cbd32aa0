package activitypub

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	// maxFeedDepth is how deep the elements of a feed may be nested.
	maxFeedDepth = 100
	// maxFeedItems is how many items of a feed are read.
	maxFeedItems = 1000
)

// feedItem is an item of an RSS feed or an entry of an Atom one.
type feedItem struct {
	id, link  string
	published time.Time
}

// parseFeed reads a feed (RFC 4287, and RSS 2.0). Only what is directly in an item
// counts: an Atom entry may hold the whole entry that it is a copy of. The decoder
// knows only XML's own entities, so nobody can make it expand others.
func parseFeed(body []byte) ([]feedItem, error) {
	p := feedParser{}
	decoder := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the document is not valid XML: %w", err)
		}
		if err := p.read(token); err != nil {
			return nil, err
		}
		if len(p.items) == maxFeedItems {
			return p.items, nil
		}
	}
	if !p.isFeed {
		return nil, errors.New("the document is not a feed")
	}
	return p.items, nil
}

// feedParser follows the elements of a feed.
type feedParser struct {
	isFeed bool
	depth  int
	// itemDepth is the depth of the item that is being read; 0 outside of one.
	itemDepth int
	item      feedItem
	text      strings.Builder
	permalink bool
	items     []feedItem
}

func (p *feedParser) read(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		if p.depth++; p.depth > maxFeedDepth {
			return errors.New("the elements of the feed are nested too deeply")
		}
		p.start(t)
	case xml.EndElement:
		if p.depth == 0 {
			return errors.New("an element of the feed ends that did not begin")
		}
		p.end(t.Name)
		p.depth--
	case xml.CharData:
		if p.itemDepth > 0 && p.depth == p.itemDepth+1 && p.text.Len() < maxURI {
			p.text.Write(t)
		}
	}
	return nil
}

func (p *feedParser) start(t xml.StartElement) {
	name := t.Name.Local
	if p.depth == 1 {
		p.isFeed = name == "rss" || name == "feed" || name == "RDF"
	}
	if p.itemDepth == 0 && (name == "item" || name == "entry") {
		p.itemDepth, p.item, p.permalink = p.depth, feedItem{}, true
		return
	}
	if p.itemDepth == 0 || p.depth != p.itemDepth+1 {
		return
	}
	p.text.Reset()
	switch {
	case t.Name.Space != "": // atom:link, dc:date and the like in RSS
	case name == "guid":
		p.permalink = attribute(t, "isPermaLink") != "false"
	case name == "link" && isPageLink(t):
		p.item.link = attribute(t, "href")
	}
}

// isPageLink knows Atom's link to the page of an entry.
func isPageLink(t xml.StartElement) bool {
	rel, kind := attribute(t, "rel"), attribute(t, "type")
	return attribute(t, "href") != "" && (rel == "" || rel == "alternate") && (kind == "" || kind == "text/html")
}

func (p *feedParser) end(name xml.Name) {
	switch {
	case p.itemDepth == 0:
	case p.depth == p.itemDepth:
		p.items = append(p.items, p.item)
		p.itemDepth = 0
	case p.depth == p.itemDepth+1 && name.Space == "":
		p.member(name.Local, strings.TrimSpace(p.text.String()))
	}
}

func (p *feedParser) member(name, text string) {
	switch name {
	case "guid", "id":
		p.item.id = text
		if p.item.link == "" && name == "guid" && p.permalink && isURI(text) {
			p.item.link = text
		}
	case "link":
		if text != "" {
			p.item.link = text
		}
	case "pubDate", "published":
		p.item.published = moment(text)
	case "updated":
		if p.item.published.IsZero() {
			p.item.published = moment(text)
		}
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
