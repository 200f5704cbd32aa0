package activitypub

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// descriptor is what a resource or a host says of itself, in JSON (JRD, RFC 7033)
// or in XML (XRD, RFC 6415).
type descriptor struct {
	subject string
	links   []descriptorLink
}

type descriptorLink struct{ rel, kind, href, template string }

// parseDescriptor tells by the body what it is: where such documents are files,
// servers send them as anything, and Mastodon does not look at their content type
// either (app/lib/webfinger.rb).
func parseDescriptor(body []byte) (descriptor, error) {
	body = trimDocument(body)
	if len(body) > 0 && body[0] == '<' {
		return parseXRD(body)
	}
	n, err := parseNode(body)
	if err != nil {
		return descriptor{}, err
	}
	d := descriptor{subject: n.text("subject")}
	for _, raw := range asList(n["links"]) {
		link := asNode(raw)
		d.links = append(d.links, descriptorLink{
			rel: link.text("rel"), kind: link.text("type"), href: link.text("href"), template: link.text("template"),
		})
	}
	return d, nil
}

func parseXRD(body []byte) (descriptor, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	d, root, inSubject := descriptor{}, "", false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return d, nil
		}
		if err != nil {
			return d, fmt.Errorf("the document is not valid XML: %w", err)
		}
		inSubject = d.take(token, &root, inSubject)
		if root != "" && root != "XRD" {
			return d, fmt.Errorf("the document is not a description but %.20q", "<"+root+">")
		}
	}
}

// take reads a token of an XRD. It returns whether what follows is the text of
// the subject.
func (d *descriptor) take(token xml.Token, root *string, inSubject bool) bool {
	switch t := token.(type) {
	case xml.StartElement:
		if *root == "" {
			*root = t.Name.Local
		}
		if t.Name.Local == "Link" && len(d.links) < maxList {
			d.links = append(d.links, descriptorLink{
				rel: attribute(t, "rel"), kind: attribute(t, "type"), href: attribute(t, "href"), template: attribute(t, "template"),
			})
		}
		return t.Name.Local == "Subject"
	case xml.CharData:
		if inSubject && len(d.subject) < maxURI {
			d.subject += strings.TrimSpace(string(t))
		}
		return inSubject
	case xml.EndElement:
		return false
	}
	return inSubject
}
