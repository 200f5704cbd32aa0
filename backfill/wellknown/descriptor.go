package wellknown

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"tootfill/backfill/loosejson"
	"tootfill/backfill/mediatype"
)

// Descriptor is what an account or a host says about itself, in JSON (JRD, RFC 7033)
// or in XML (XRD, RFC 6415). Nothing in it has been checked.
type Descriptor struct {
	Subject string
	Links   []Link
}

// Link leads from a descriptor to something else, by an address or a template.
type Link struct{ Rel, Type, Href, Template string }

// ParseDescriptor tells the two formats apart by the body: servers send such
// documents with any content type if they are files, and Mastodon does not look at
// it either (app/lib/webfinger.rb).
func ParseDescriptor(body []byte) (Descriptor, error) {
	body = loosejson.TrimDocument(body)
	if len(body) > 0 && body[0] == '<' {
		return parseXRD(body)
	}
	n, err := loosejson.Parse(body)
	if err != nil {
		return Descriptor{}, err
	}
	d := Descriptor{Subject: n.Text("subject")}
	for _, raw := range loosejson.AsList(n["links"]) {
		link := loosejson.AsNode(raw)
		d.Links = append(d.Links, Link{
			Rel: link.Text("rel"), Type: link.Text("type"), Href: link.Text("href"), Template: link.Text("template"),
		})
	}
	return d, nil
}

// Actors returns the addresses of the account's actor. Some servers name several.
func (d Descriptor) Actors() []string {
	var actors []string
	for _, link := range d.Links {
		if link.Rel == "self" && mediatype.Parse(link.Type).IsActivityStreams() {
			actors = append(actors, link.Href)
		}
	}
	return actors
}

// AccountTemplate is the address at which to ask a host for its accounts, with {uri}
// in place of the account; "" if it names none. Friendica names two, and the first
// leads to XML.
func (d Descriptor) AccountTemplate() string {
	first := ""
	for _, link := range d.Links {
		if link.Rel != "lrdd" || !strings.Contains(link.Template, "{uri}") {
			continue
		}
		if strings.Contains(link.Type, "json") {
			return link.Template
		}
		if first == "" {
			first = link.Template
		}
	}
	return first
}

func parseXRD(body []byte) (Descriptor, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	d, root, inSubject := Descriptor{}, "", false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return d, nil
		}
		if err != nil {
			return d, fmt.Errorf("the document is not valid XML: %w", err)
		}
		inSubject = d.read(token, &root, inSubject)
		if root != "" && root != "XRD" {
			return d, fmt.Errorf("the document is not a description but %.20q", "<"+root+">")
		}
	}
}

// maxSubject bounds how much of a subject is read, in bytes.
const maxSubject = 2048

// read reads a token of an XRD. It returns whether the text of the subject
// follows.
func (d *Descriptor) read(token xml.Token, root *string, inSubject bool) bool {
	switch t := token.(type) {
	case xml.StartElement:
		if *root == "" {
			*root = t.Name.Local
		}
		if t.Name.Local == "Link" && len(d.Links) < loosejson.MaxList {
			d.Links = append(d.Links, linkOf(t))
		}
		return t.Name.Local == "Subject"
	case xml.CharData:
		if inSubject && len(d.Subject) < maxSubject {
			d.Subject += strings.TrimSpace(string(t))
		}
		return inSubject
	case xml.EndElement:
		return false
	}
	return inSubject
}

func linkOf(t xml.StartElement) Link {
	var link Link
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "rel":
			link.Rel = a.Value
		case "type":
			link.Type = a.Value
		case "href":
			link.Href = a.Value
		case "template":
			link.Template = a.Value
		}
	}
	return link
}
