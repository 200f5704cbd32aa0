package fetch

import (
	"fmt"

	"tootfill/backfill/mediatype"
)

// Kind says what a request asks for. It determines the Accept header, the content
// types that are accepted, how big the document may be, and how many redirects may
// lead to it.
type Kind int

// The kinds of documents.
const (
	// JRD is a WebFinger answer (RFC 7033) of any content type: Mastodon, too, looks
	// only at the body (app/lib/webfinger.rb).
	JRD Kind = iota + 1
	// XRD is a host-meta document (RFC 6415), also of any content type.
	XRD
	// Object is an ActivityPub object such as an actor, in one of the two
	// content types of the ActivityPub specification (section 3.2).
	Object
	// CollectionPage is an ActivityPub collection or a page of one. Some
	// servers (BookWyrm, for one) send it as plain JSON.
	CollectionPage
	// JSON is any other JSON document, such as nodeinfo. On some servers it is a
	// file, and may be of any content type.
	JSON
	// JSONPage is a page of a listing in plain JSON. Only this kind can also be the
	// answer to a POST.
	JSONPage
	// Feed is an Atom or RSS document.
	Feed

	robotsTxt Kind = -1
)

// Request is one document to read.
type Request struct {
	// URL is sent byte for byte, without its fragment.
	URL  string
	Kind Kind
	// Port is a port that is allowed in addition to 443; 0 if there is none.
	Port int
	// Known are the validators of the document that the caller knows already. If it
	// has not changed, the answer is a Document without a body, NotModified.
	Known Validators
}

// Document is the answer to a request.
type Document struct {
	// URL is the address of the document, after all redirects.
	URL         string
	ContentType mediatype.Type
	Body        []byte
	// Links are the Link headers (RFC 8288).
	Links []string
	// Validators are those of the document; none if a redirect led to it.
	Validators Validators
	// NotModified says that the document is the one that the caller knows.
	NotModified bool
}

const (
	mebibyte = 1 << 20
	asTypes  = `application/activity+json, application/ld+json; profile="` + mediatype.ActivityStreams + `"`
)

// rules are the rules for documents of a kind.
type rules struct {
	accept    string
	redirects int
	// limit is in bytes, after decompression.
	limit int64
	// post is the JSON to send with a POST; nil for a GET.
	post []byte
	// known are the validators to send with a GET.
	known Validators
	// cut says that a document over the limit is cut off instead of refused.
	cut bool
	// signed says that the request is signed, if there is a signer.
	signed bool
	// crawled says that crawlers read such documents: they are not among those that
	// servers publish for each other.
	crawled bool
	// accepts checks the content type. An actor, a collection or an object of the
	// wrong type may be a file that a user of the server uploaded, so it proves
	// nothing (CVE-2024-25623).
	accepts func(mediatype.Type) bool
}

func isAnything(mediatype.Type) bool { return true }

func isCollection(t mediatype.Type) bool {
	return t.Media == "application/json" || t.IsActivityStreams()
}

// rulesOf returns the rules of a kind. Mastodon itself reads up to 1 MiB of an
// object (app/lib/request.rb); pages with many whole posts are bigger.
func rulesOf(k Kind) (rules, error) {
	switch k {
	case JRD:
		return rules{accept: "application/jrd+json, application/json", redirects: 5, limit: mebibyte, accepts: isAnything}, nil
	case XRD:
		return rules{accept: "application/xrd+xml, application/xml, text/xml", redirects: 5, limit: mebibyte, accepts: isAnything}, nil
	case Object:
		return rules{accept: asTypes, redirects: 3, limit: mebibyte, signed: true, accepts: mediatype.Type.IsActivityStreams}, nil
	case CollectionPage:
		return rules{accept: asTypes + ", application/json;q=0.5", redirects: 3, limit: 8 * mebibyte, signed: true, accepts: isCollection}, nil
	case JSON:
		return rules{accept: "application/json", redirects: 3, limit: mebibyte, accepts: isAnything}, nil
	case JSONPage:
		return rules{accept: "application/json", redirects: 3, limit: 8 * mebibyte, crawled: true, accepts: mediatype.Type.IsJSON}, nil
	case Feed:
		return rules{accept: "application/atom+xml, application/rss+xml, application/xml;q=0.5, text/xml;q=0.5", redirects: 3, limit: 8 * mebibyte, crawled: true, accepts: mediatype.Type.IsXML}, nil
	case robotsTxt:
		return rules{accept: "text/plain, */*;q=0.1", redirects: 5, limit: 500 << 10, cut: true, accepts: isAnything}, nil
	}
	return rules{}, fmt.Errorf("unknown kind of document: %d", k)
}
