package fetch

import (
	"net/http"
	"strings"
	"time"
)

const (
	// maxTag is the length of the longest ETag that is kept, in bytes.
	maxTag = 256
	// maxDate is the same for a date.
	maxDate = 64
)

// Validators are what a host has given to recognise a document by (RFC 9110, section
// 8.8). Either may be empty.
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"modified,omitempty"`
}

// IsZero reports whether there are none.
func (v Validators) IsZero() bool { return v == Validators{} }

// validatorsOf reads the validators of an answer.
//
// A date tells a document from a later one only if the document had been left alone
// for a second when it was sent (RFC 9110, section 8.8.2.2).
func validatorsOf(h http.Header) Validators {
	v := Validators{ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified")}.valid()
	changed, err := http.ParseTime(v.LastModified)
	sent, sentErr := http.ParseTime(h.Get("Date"))
	if err == nil && sentErr == nil && sent.Sub(changed) < time.Second {
		v.LastModified = ""
	}
	return v
}

// valid leaves out what is not a validator: they come from strangers.
func (v Validators) valid() Validators {
	if !isTag(v.ETag) {
		v.ETag = ""
	}
	if _, err := http.ParseTime(v.LastModified); err != nil || len(v.LastModified) > maxDate {
		v.LastModified = ""
	}
	return v
}

// isTag reports whether s is an entity tag (RFC 9110, section 8.8.3).
func isTag(s string) bool {
	quoted := strings.TrimPrefix(s, "W/")
	if len(s) > maxTag || len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
		return false
	}
	return !strings.ContainsFunc(quoted[1:len(quoted)-1], func(r rune) bool { return r <= ' ' || r == '"' || r >= 0x7f })
}

// set makes a request conditional.
func (v Validators) set(h http.Header) {
	if v.ETag != "" {
		h.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		h.Set("If-Modified-Since", v.LastModified)
	}
}

// contradict reports whether an answer that claims to be about a document with these
// validators names another one. Tags compare weakly, as they do in If-None-Match
// (RFC 9110, section 13.1.2).
func (v Validators) contradict(answer Validators) bool {
	weak := func(tag string) string { return strings.TrimPrefix(tag, "W/") }
	return v.ETag != "" && answer.ETag != "" && weak(v.ETag) != weak(answer.ETag)
}

// notModified is the answer that the known document is unchanged.
func notModified(t target, r rules, response *http.Response) answer {
	found := validatorsOf(response.Header)
	if r.known.contradict(found) {
		return answer{contradicts: true}
	}
	return answer{document: &Document{URL: t.url.String(), Validators: r.known, NotModified: true}}
}
